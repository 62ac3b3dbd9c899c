/** The frame of a page: its title, its actions, its content. */
import { makeStyles, mergeClasses, tokens, typographyStyles } from '@fluentui/react-components';
import { type ReactNode, useEffect, useRef } from 'react';
import { useText } from '../i18n/text.tsx';
import { wasMoved } from './moves.ts';

const useStyles = makeStyles({
  page: {
    boxSizing: 'border-box',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    width: '100%',
    maxWidth: '1600px',
    minHeight: '100%',
    padding: `${tokens.spacingVerticalXL} ${tokens.spacingHorizontalXXL}`,
    '@media (max-width: 640px)': { padding: `${tokens.spacingVerticalM} ${tokens.spacingHorizontalM}` },
  },
  filling: {
    maxWidth: 'none',
    height: '100%',
    padding: 0,
    gap: 0,
    '@media (max-width: 640px)': { padding: 0 },
  },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
  },
  title: { ...typographyStyles.title2, margin: 0, outlineStyle: 'none', overflowWrap: 'anywhere' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  hidden: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

/**
 * A page. After a step within the console its heading takes the focus, so that screen readers say where one is and the
 * next Tab goes on from there.
 */
export function Page(props: {
  readonly title: string;
  /** Above the title: where the page lies. */
  readonly above?: ReactNode;
  /** Beside the title: buttons. */
  readonly actions?: ReactNode;
  /** The whole room, no margins, and a title that only screen readers and the tab show: for the remote screen. */
  readonly isFilling?: boolean;
  readonly children: ReactNode;
}) {
  const { title, above, actions, isFilling = false, children } = props;
  const styles = useStyles();
  const heading = useRef<HTMLHeadingElement>(null);
  const { product } = useText().common;
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
  useEffect(() => {
    if (wasMoved()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={mergeClasses(styles.page, isFilling && styles.filling)}>
      {above}
      <div className={isFilling ? undefined : styles.head}>
        <h1 ref={heading} tabIndex={-1} className={mergeClasses(styles.title, isFilling && styles.hidden)}>
          {title}
        </h1>
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
