/** While the sharer is being asked: how long he has, and the way back. */
import { Button, makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components';
import { PersonClockRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Instant, instantOf } from '../clock.ts';
import { DEVICES, type Device, isOnline } from '../devices/device-list.ts';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import { useAct } from './use-act.ts';
import { clockText, useNow } from './use-now.ts';

const useStyles = makeStyles({
  center: { display: 'flex', flexGrow: 1, alignItems: 'center', justifyContent: 'center', overflow: 'auto' },
  actions: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalL,
    width: '280px',
  },
  left: { fontVariantNumeric: 'tabular-nums' },
});

const EVERY_MS = 5_000;

export function WaitingForConsent({ end, state }: { readonly end: HelperEnd; readonly state: HelperState }) {
  const styles = useStyles();
  const t = useText().screen;
  const [now] = useState(() => () => end.now());
  const instant = useNow(now);
  const { isBusy, begin: withdraw } = useAct(() => end.end());
  const { session, stage } = state;
  const isForAccess = stage.kind === 'waiting' && stage.kindOfConsent === 'access';
  const isOffline = useOffline(session.deviceId, !session.isUnenrolled, instant);
  const asked = instantOf(session.createdDateTime) ?? instant;
  const until = isForAccess ? undefined : instantOf(session.consentExpirationDateTime);
  const text = isForAccess ? t.waitingAccess : session.sessionType === 'unattended' ? t.waitingUnattended : t.waiting;
  return (
    <div className={styles.center}>
      <EmptyState
        icon={<PersonClockRegular />}
        title={t.waitingTitle(session.deviceName)}
        action={
          <div className={styles.actions}>
            {until === undefined ? (
              <ProgressBar aria-label={t.waitingTitle(session.deviceName)} />
            ) : (
              <>
                <ProgressBar
                  aria-label={t.waitingTitle(session.deviceName)}
                  value={Math.min(1, Math.max(0, (until - instant) / (until - asked)))}
                />
                <Text className={styles.left} data-testid="consent-left">
                  {t.waitingLeft(clockText(until - instant))}
                </Text>
              </>
            )}
            {isForAccess ? null : (
              <Button disabled={isBusy} onClick={withdraw}>
                {t.withdraw}
              </Button>
            )}
          </div>
        }
      >
        {isOffline ? t.waitingOffline : text}
      </EmptyState>
    </div>
  );
}

/** Whether the device is known to be offline; asked now and then. */
function useOffline(deviceId: string, isEnabled: boolean, now: Instant): boolean {
  const graph = useGraph();
  const { data } = useQuery({
    queryKey: ['device', deviceId, 'online'],
    queryFn: () => graph.get<Device>(`${DEVICES}/${encodeURIComponent(deviceId)}`),
    refetchInterval: EVERY_MS,
    enabled: isEnabled,
  });
  return data !== undefined && !isOnline(data, now);
}
