/** How long the session lasts, and the button that makes it last longer. */
import { Badge, Button, makeStyles, Tooltip, tokens } from '@fluentui/react-components';
import { ClockRegular } from '@fluentui/react-icons';
import { useText } from '../i18n/text.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import { leaseWarning } from './screen-words.ts';
import { useAct } from './use-act.ts';
import { clockText } from './use-now.ts';

const useStyles = makeStyles({
  lease: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalXS },
  left: { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
});

export function LeaseClock(props: { readonly end: HelperEnd; readonly state: HelperState; readonly now: number }) {
  const { end, state, now } = props;
  const styles = useStyles();
  const t = useText().screen;
  const leftMs = state.expiresAt - now;
  const isSoon = leaseWarning(leftMs) !== undefined;
  return (
    <span className={styles.lease}>
      <Tooltip content={t.leaseFull} relationship="description">
        {/* Not announced: each second would be. Warnings are, elsewhere. */}
        <Badge
          appearance={isSoon ? 'filled' : 'outline'}
          color={isSoon ? 'danger' : 'informative'}
          size="large"
          icon={<ClockRegular />}
          className={styles.left}
          data-testid="lease"
        >
          {t.lease(clockText(leftMs))}
        </Badge>
      </Tooltip>
      <ExtendButton end={end} state={state} appearance={isSoon ? 'primary' : 'secondary'} />
    </span>
  );
}

/** Extends; says so where the session can't last any longer. */
export function ExtendButton(props: {
  readonly end: HelperEnd;
  readonly state: HelperState;
  readonly appearance: 'primary' | 'secondary';
}) {
  const { end, state, appearance } = props;
  const t = useText().screen;
  const { isBusy, begin: extend } = useAct(() => end.extend());
  const isAtCap = state.expiresAt >= state.latestAt;
  return (
    <Button
      size="small"
      appearance={appearance}
      disabled={isBusy || isAtCap}
      {...(isAtCap ? { title: t.leaseAtCap } : {})}
      onClick={extend}
    >
      {t.extend}
    </Button>
  );
}
