/** The panel beside the screen: its frame, and what all its parts share. */
import { Button, makeStyles, Subtitle2, tokens } from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import { type ReactNode, useEffect, useRef } from 'react';
import { useText } from '../i18n/text.tsx';

export const PANELS = ['chat', 'clipboard', 'quality', 'people'] as const;
export type PanelName = (typeof PANELS)[number];

const useStyles = makeStyles({
  panel: {
    display: 'flex',
    flexDirection: 'column',
    width: '320px',
    flexShrink: 0,
    minHeight: 0,
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground2,
    borderInlineStartWidth: tokens.strokeWidthThin,
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: tokens.colorNeutralStroke2,
    '@media (max-width: 720px)': {
      position: 'absolute',
      zIndex: 3,
      inset: 0,
      width: '100%',
      borderInlineStartWidth: 0,
    },
  },
  head: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
  },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflowY: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: `0 ${tokens.spacingHorizontalM} ${tokens.spacingVerticalM}`,
  },
});

/** Takes the focus when it opens; Escape closes it. */
export function Panel(props: { readonly title: string; readonly onClose: () => void; readonly children: ReactNode }) {
  const { title, onClose, children } = props;
  const styles = useStyles();
  const t = useText().screen;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const field = panel.current?.querySelector<HTMLElement>('textarea, [data-first]');
    (field ?? panel.current)?.focus();
  }, []);
  return (
    <section
      ref={panel}
      tabIndex={-1}
      className={styles.panel}
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div className={styles.head}>
        <Subtitle2 as="h2">{title}</Subtitle2>
        <Button appearance="subtle" icon={<DismissRegular />} aria-label={t.closePanel} onClick={onClose} />
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
