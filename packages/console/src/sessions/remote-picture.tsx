/**
 * The remote screen: whatever brings the picture, it is drawn here, the last frame stays greyed while it is away, and
 * one combination of keys always leads back to the page.
 */
import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import type { AttachedPicture, PictureQuality, PictureScale, PictureSource } from './picture.ts';

const useStyles = makeStyles({
  frame: {
    position: 'relative',
    flexGrow: 1,
    minWidth: 0,
    minHeight: 0,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground5,
    ':focus-within::after': {
      content: '""',
      position: 'absolute',
      inset: 0,
      pointerEvents: 'none',
      outline: `${tokens.strokeWidthThick} solid ${tokens.colorCompoundBrandStroke}`,
      outlineOffset: '-2px',
    },
  },
  layer: { position: 'absolute', inset: 0 },
  still: {
    overflow: 'auto',
    display: 'flex',
    filter: 'grayscale(1) opacity(0.55)',
    pointerEvents: 'none',
    ':empty': { display: 'none' },
    '& canvas': { margin: 'auto' },
  },
  stillFit: { overflow: 'hidden', '& canvas': { width: '100%', height: '100%', objectFit: 'contain' } },
});

/** Tab is a key for the remote screen: Fluent's Tabster (https://tabster.io) is not to move the focus by it. */
const LEAVES_TAB = JSON.stringify({ focusable: { ignoreKeydown: { Tab: true } } });

export interface RemotePictureProps {
  /** Undefined while there is none. */
  readonly source: PictureSource | undefined;
  readonly takesInput: boolean;
  readonly scale: PictureScale;
  readonly quality: PictureQuality;
  readonly label: string;
  readonly description: string;
  /** Keeps what is attached now, for those who press keys or measure. */
  readonly attached: RefObject<AttachedPicture | undefined>;
  readonly onShown: (width: number, height: number) => void;
  /** Ctrl, Alt and Shift were pressed together: the person wants to be back on the page. */
  readonly onEscape: () => void;
  readonly children?: React.ReactNode;
}

export function RemotePicture(props: RemotePictureProps) {
  const { source, takesInput, scale, quality, label, description, attached, onShown, onEscape, children } = props;
  const styles = useStyles();
  const host = useRef<HTMLDivElement>(null);
  const still = useRef<HTMLDivElement>(null);
  const shown = useRef(onShown);
  shown.current = onShown;
  const [count, setCount] = useState(0);

  useEffect(() => {
    const [target, frozen] = [host.current, still.current];
    if (!source || !target || !frozen) return;
    const picture = source.attach(target, {
      shown: (width, height) => {
        frozen.replaceChildren();
        shown.current(width, height);
      },
    });
    attached.current = picture;
    setCount((before) => before + 1);
    return () => {
      const last = picture.still();
      if (last) frozen.replaceChildren(last);
      picture.detach();
      if (attached.current === picture) attached.current = undefined;
    };
  }, [source, attached]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each picture that is attached is told anew.
  useEffect(() => {
    attached.current?.takesInput(takesInput);
  }, [attached, takesInput, count]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  useEffect(() => {
    attached.current?.scale(scale);
  }, [attached, scale, count]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  useEffect(() => {
    attached.current?.quality(quality);
  }, [attached, quality, count]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  useEffect(() => {
    const drawing = host.current?.querySelector('canvas, video');
    drawing?.setAttribute('role', takesInput ? 'application' : 'img');
    drawing?.setAttribute('aria-label', label);
    drawing?.setAttribute('aria-description', description);
    if (drawing instanceof HTMLElement) drawing.tabIndex = takesInput ? 0 : -1;
  }, [label, description, takesInput, count]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.ctrlKey || !event.altKey || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    attached.current?.letGo();
    onEscape();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it listens for what its canvas would swallow.
    <div className={styles.frame} onKeyDownCapture={onKeyDown} onBlur={() => attached.current?.letGo()}>
      <div
        ref={still}
        className={mergeClasses(styles.layer, styles.still, scale === 'fit' && styles.stillFit)}
        aria-hidden
      />
      <div ref={host} className={styles.layer} data-testid="remote-picture" data-tabster={LEAVES_TAB} />
      {children}
    </div>
  );
}
