/** Names and addresses in tables: on one line, never broken in the middle, and whole for whoever wants to read them. */
import { makeStyles, Tooltip, tokens } from '@fluentui/react-components';
import { useLayoutEffect, useRef, useState } from 'react';
import { Link } from './link.tsx';

const useStyles = makeStyles({
  cut: {
    display: 'block',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    ':focus-visible': { outline: `${tokens.strokeWidthThick} solid ${tokens.colorStrokeFocus2}` },
  },
});

/**
 * Text that ends in an ellipsis where there is too little room. Then, and only then, it is a stop of the keyboard's, and
 * shows itself whole to who points at it or comes to it. Screen readers have it whole in any case.
 * @param to makes it a link to a page of the console
 */
export function CutText({ text, to }: { readonly text: string; readonly to?: string }) {
  const styles = useStyles();
  const place = useRef<HTMLSpanElement>(null);
  const [isCut, setCut] = useState(false);
  const [isShown, setShown] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text may fit where this one did not.
  useLayoutEffect(() => {
    const { current } = place;
    if (!current) return;
    const measure = () => setCut(current.scrollWidth > current.clientWidth);
    const watch = new ResizeObserver(measure);
    watch.observe(current);
    measure();
    return () => watch.disconnect();
  }, [text]);
  return (
    <Tooltip
      content={text}
      relationship="inaccessible"
      visible={isShown && isCut}
      onVisibleChange={(_, { visible }) => setShown(visible)}
    >
      <span ref={place} className={styles.cut} {...(isCut && to === undefined ? { tabIndex: 0 } : {})}>
        {to === undefined ? text : <Link to={to}>{text}</Link>}
      </span>
    </Tooltip>
  );
}
