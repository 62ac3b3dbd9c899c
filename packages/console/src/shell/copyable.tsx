/** Text to be copied: shown as it is, with a button that says when it is done. */
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkRegular, CopyRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useText } from '../i18n/text.tsx';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'start', gap: tokens.spacingHorizontalS },
  text: {
    flexGrow: 1,
    flexBasis: '280px',
    margin: 0,
    padding: tokens.spacingHorizontalS,
    overflowWrap: 'anywhere',
    whiteSpace: 'pre-wrap',
    fontFamily: tokens.fontFamilyMonospace,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    userSelect: 'all',
  },
});

/** Shows text, and copies it. @param label what it is, for screen readers */
export function Copyable({ text, label }: { readonly text: string; readonly label: string }) {
  const styles = useStyles();
  const { common } = useText();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className={styles.row}>
      <pre className={styles.text}>{text}</pre>
      <Button
        icon={isCopied ? <CheckmarkRegular /> : <CopyRegular />}
        aria-label={`${common.copy}: ${label}`}
        // Where the browser refuses, the text is there to be selected.
        onClick={() => void copy().catch(() => setCopied(false))}
      >
        {isCopied ? common.copied : common.copy}
      </Button>
    </div>
  );
}
