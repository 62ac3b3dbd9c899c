/** What stands where there is nothing: why, and what to do about it. */
import { makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  empty: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalM,
    padding: `${tokens.spacingVerticalXXXL} ${tokens.spacingHorizontalM}`,
    textAlign: 'center',
    color: tokens.colorNeutralForeground2,
  },
  icon: { fontSize: '40px', lineHeight: 1, color: tokens.colorNeutralForeground3 },
  text: { maxWidth: '60ch', textAlign: 'center' },
});

/** Nothing is here, and that is no failure. */
export function EmptyState(props: {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  const styles = useStyles();
  return (
    <div className={styles.empty}>
      {props.icon === undefined ? null : (
        <span className={styles.icon} aria-hidden>
          {props.icon}
        </span>
      )}
      <Subtitle2 as="h2">{props.title}</Subtitle2>
      {props.children === undefined ? null : <Text className={styles.text}>{props.children}</Text>}
      {props.action}
    </div>
  );
}
