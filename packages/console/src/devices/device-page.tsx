/** One device: whether it can be helped with, what is known of it, and its sessions. */
import {
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Spinner,
  Subtitle1,
  TableCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components';
import { MANAGED_DEVICES, type Of, type remoteHelpSession } from '@open-remote-help/protocol';
import { useQuery } from '@tanstack/react-query';
import { systemClock } from '../clock.ts';
import { literal } from '../graph/client.ts';
import { useGraph } from '../graph/graph.tsx';
import type { Texts } from '../i18n/en/index.ts';
import { useFormat, useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import type { PageProps } from '../routes.tsx';
import { StartSession } from '../sessions/start-session.tsx';
import { CutText } from '../shell/cut-text.tsx';
import { Facts } from '../shell/facts.tsx';
import { Failure } from '../shell/failure.tsx';
import { Link } from '../shell/link.tsx';
import { ListOf, ScrollTable, usePaged } from '../shell/list.tsx';
import { Page } from '../shell/page.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { DEVICES, type Device, isOnline, isUnenrolled } from './device-list.ts';
import { ComplianceBadge, isOutOfCompliance, OnlineBadge } from './device-states.tsx';

const REFRESH_MS = 15_000;
const SESSIONS_SHOWN = 10;

type Session = Of<typeof remoteHelpSession> & { readonly id: string };

const useStyles = makeStyles({
  states: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  heading: { margin: 0 },
  table: { minWidth: '480px' },
});

export default function DevicePage({ parameters }: PageProps) {
  const id = parameters.deviceId ?? '';
  const t = useText();
  const graph = useGraph();
  const found = useQuery({
    queryKey: [DEVICES, id],
    queryFn: ({ signal }) => graph.get<Device>(`${DEVICES}/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: REFRESH_MS,
  });
  const above = <Link to={pathTo('devices')}>{t.devices.title}</Link>;
  if (found.data) return <DeviceView device={found.data} above={above} />;
  return (
    <Page title={t.devices.one} above={above}>
      {found.error ? (
        <Failure error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <Spinner label={t.common.loading} />
      )}
    </Page>
  );
}

function DeviceView({ device, above }: { readonly device: Device; readonly above: React.ReactNode }) {
  const styles = useStyles();
  const t = useText().devices;
  const isUp = isOnline(device, systemClock.now());
  const { may } = useSignedIn();
  const actions = may(MANAGED_DEVICES.write) ? <StartSession device={{ ...device, isOnline: isUp }} /> : undefined;
  return (
    <Page title={device.deviceName ?? device.id} above={above} actions={actions}>
      <div className={styles.states}>
        <OnlineBadge device={device} isOnline={isUp} />
        <ComplianceBadge state={device.complianceState} />
      </div>
      {!device.remoteAssistanceSessionErrorDetails ? null : (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{notReachable(t, device)}</MessageBarBody>
        </MessageBar>
      )}
      {isOutOfCompliance(device.complianceState) ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{t.notCompliantTitle}</MessageBarTitle>
            {t.notCompliant}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {may(MANAGED_DEVICES.write) ? null : (
        <MessageBar layout="multiline">
          <MessageBarBody>{t.mayNotStart}</MessageBarBody>
        </MessageBar>
      )}
      <DeviceFacts device={device} />
      <Subtitle1 as="h2" className={styles.heading}>
        {t.sessions}
      </Subtitle1>
      <DeviceSessions deviceId={device.id} />
    </Page>
  );
}

/** Why it can't be asked, where the server says more than this page has words for in the server's words. */
function notReachable(t: Texts['devices'], device: Device): string | null {
  if (isUnenrolled(device)) return t.hasLeft;
  return device.managementState === 'unhealthy' ? t.parked : device.remoteAssistanceSessionErrorDetails;
}

function DeviceFacts({ device }: { readonly device: Device }) {
  const texts = useText();
  const t = texts.devices;
  const format = useFormat();
  const { totalStorageSpaceInBytes: total, freeStorageSpaceInBytes: free, physicalMemoryInBytes: memory } = device;
  return (
    <Facts
      facts={[
        [t.user, device.userDisplayName],
        [t.userName, device.userPrincipalName],
        [t.system, [device.operatingSystem, device.osVersion].filter((part) => part !== null).join(' ')],
        [t.model, [device.manufacturer, device.model].filter((part) => part !== null).join(' ')],
        [t.serialNumber, device.serialNumber],
        [t.lastSeen, format.dateTime(device.lastSyncDateTime) ?? t.neverSeen],
        [t.enrolled, format.dateTime(device.enrolledDateTime)],
        [t.graceUntil, format.dateTime(device.complianceGracePeriodExpirationDateTime)],
        [t.storage, total === 0 ? undefined : t.storageOf(format.bytes(free), format.bytes(total))],
        [t.memory, memory === 0 ? undefined : format.bytes(memory)],
        // False is also what a device has that never said so.
        [t.encrypted, device.isEncrypted ? texts.common.yes : undefined],
        [t.directoryId, device.azureADDeviceId],
        [t.id, device.id],
        [t.notes, device.notes],
      ]}
    />
  );
}

function DeviceSessions({ deviceId }: { readonly deviceId: string }) {
  const styles = useStyles();
  const texts = useText();
  const t = texts.devices;
  const { columns, types, states, ends } = texts.sessions;
  const format = useFormat();
  const list = usePaged<Session>('remoteHelp/sessions', {
    filter: `deviceId eq ${literal(deviceId)}`,
    orderby: 'createdDateTime desc',
    top: SESSIONS_SHOWN,
  });
  const headings = [columns.begun, columns.helper, columns.type, columns.state].map((heading) => ({ heading }));
  return (
    <ListOf list={list} empty={<Text>{t.noSessions}</Text>}>
      {(sessions) => (
        <ScrollTable label={t.sessions} columns={headings} className={styles.table}>
          {sessions.map((session) => (
            <TableRow key={session.id}>
              <TableCell>
                <Link to={pathTo('session', { sessionId: session.id })}>
                  {format.dateTime(session.createdDateTime)}
                </Link>
              </TableCell>
              <TableCell>
                <CutText text={session.helperDisplayName ?? session.helperUserPrincipalName ?? session.helperId} />
              </TableCell>
              <TableCell>{types[session.sessionType as keyof typeof types] ?? session.sessionType}</TableCell>
              <TableCell>
                {session.state === 'ended'
                  ? ends[session.endReason as keyof typeof ends]
                  : states[session.state as keyof typeof states]}
              </TableCell>
            </TableRow>
          ))}
        </ScrollTable>
      )}
    </ListOf>
  );
}
