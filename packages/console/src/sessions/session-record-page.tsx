/** Everything known of one session: what was asked, granted and done, by whom, and how it ended. */
import {
  makeStyles,
  Spinner,
  Subtitle1,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components';
import { AUDIT, type auditEvent, type Of } from '@open-remote-help/protocol';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { literal } from '../graph/client.ts';
import { useGraph } from '../graph/graph.tsx';
import { useSpeech } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import type { PageProps } from '../routes.tsx';
import { CutText } from '../shell/cut-text.tsx';
import { Failure } from '../shell/failure.tsx';
import { Link, LinkButton } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { EndNow } from './end-now.tsx';
import { endReasonOf } from './helper-state.ts';
import { grantsText } from './screen-words.ts';
import { helperOf, StateBadge } from './session-columns.tsx';
import { SESSIONS, type SessionRecord } from './session-server.ts';

const REFRESH_MS = 4_000;
const MOST_RECORDS = 200;

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'minmax(110px, auto) 1fr',
    gap: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalXL}`,
    margin: 0,
    maxWidth: '80ch',
    '& dt': { color: tokens.colorNeutralForeground2 },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  part: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  wide: { overflowX: 'auto' },
  table: { minWidth: '560px' },
  date: { width: '200px' },
  cell: { overflowWrap: 'anywhere', paddingBlock: tokens.spacingVerticalXS },
});

export default function SessionRecordPage({ parameters }: PageProps) {
  const id = parameters.sessionId ?? '';
  const graph = useGraph();
  const { texts } = useSpeech();
  const t = texts.sessions;
  const { data, error, refetch } = useQuery({
    queryKey: ['session', id],
    queryFn: () => graph.get<SessionRecord>(`${SESSIONS}/${encodeURIComponent(id)}`),
    refetchInterval: ({ state }) => (state.data?.state === 'ended' ? false : REFRESH_MS),
  });
  const isLive = data !== undefined && data.state !== 'ended';
  return (
    <Page
      title={data ? texts.screen.title(data.deviceName) : t.record}
      above={<Link to={pathTo('sessions')}>{t.title}</Link>}
      actions={
        isLive ? (
          <>
            <LinkButton appearance="primary" to={pathTo('sessionScreen', { sessionId: id })}>
              {t.open}
            </LinkButton>
            <EndNow session={data} />
          </>
        ) : undefined
      }
    >
      {error ? <Failure error={error} onRetry={() => void refetch()} /> : null}
      {data ? <Facts session={data} /> : null}
      {data ? <Helpers session={data} /> : null}
      {data ? <History session={data} /> : null}
      {data || error ? null : <Spinner label={texts.common.loading} />}
    </Page>
  );
}

function Facts({ session }: { readonly session: SessionRecord }) {
  const styles = useStyles();
  const { texts, format, language } = useSpeech();
  const t = texts.sessions;
  const { about } = t;
  const isLive = session.state !== 'ended';
  const facts: readonly (readonly [string, ReactNode])[] = [
    [about.state, <StateBadge key="state" session={session} />],
    [
      about.device,
      session.isUnenrolled ? (
        `${session.deviceName} (${t.unenrolled})`
      ) : (
        <Link key="device" to={pathTo('device', { deviceId: session.deviceId })}>
          {session.deviceName}
        </Link>
      ),
    ],
    [about.helper, helperOf(session)],
    [about.type, t.types[session.sessionType as keyof typeof t.types]],
    [about.granted, session.acceptedDateTime ? grantsText(t, session.grants, language) : undefined],
    [about.reason, session.reason],
    [about.ticket, session.ticket],
    [about.requested, format.dateTime(session.createdDateTime)],
    [about.accepted, format.dateTime(session.acceptedDateTime)],
    [about.ended, isLive ? undefined : format.dateTime(session.endedDateTime)],
    [texts.sessions.filterEnd, isLive ? undefined : t.ends[endReasonOf(session)]],
    [about.endedBy, session.endedBy],
    [about.lasts, isLive ? format.dateTime(session.sessionExpirationDateTime) : undefined],
    [about.latest, isLive ? format.dateTime(session.latestExpirationDateTime) : undefined],
    [about.extensions, session.extensions > 0 ? about.times(session.extensions) : undefined],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) =>
        value === undefined || value === null || value === '' ? null : <Fact key={name} name={name} value={value} />,
      )}
    </dl>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </>
  );
}

function Helpers({ session }: { readonly session: SessionRecord }) {
  const styles = useStyles();
  const t = useSpeech().texts.sessions;
  return (
    <section className={styles.part}>
      <Subtitle1 as="h2">{t.helpersTitle}</Subtitle1>
      <dl className={styles.facts}>
        {session.helpers.map(({ userId, displayName, userPrincipalName, access }) => (
          <Fact
            key={userId}
            name={displayName ?? userPrincipalName ?? userId}
            value={t.access[access as keyof typeof t.access] ?? access}
          />
        ))}
      </dl>
    </section>
  );
}

type AuditEvent = Of<typeof auditEvent>;

function History({ session }: { readonly session: SessionRecord }) {
  const styles = useStyles();
  const { texts, format } = useSpeech();
  const t = texts.sessions;
  const graph = useGraph();
  const mayRead = useSignedIn().may(AUDIT.read);
  const { data, error, refetch } = useQuery({
    queryKey: ['session', session.id, 'history', session.state, session.extensions],
    queryFn: () =>
      graph.list<AuditEvent>('deviceManagement/auditEvents', {
        query: { filter: `sessionId eq ${literal(session.id)}`, orderby: 'activityDateTime', top: MOST_RECORDS },
      }),
    enabled: mayRead,
  });
  return (
    <section className={styles.part}>
      <Subtitle1 as="h2">{t.historyTitle}</Subtitle1>
      {mayRead ? null : <Text>{t.historyForbidden}</Text>}
      {error ? <Failure error={error} onRetry={() => void refetch()} /> : null}
      {data?.items.length === 0 ? <Text>{t.historyNone}</Text> : null}
      {data && data.items.length > 0 ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard.
        <section className={styles.wide} tabIndex={0} aria-label={t.historyTitle}>
          <Table className={styles.table} aria-label={t.historyTitle} size="small">
            <TableHeader>
              <TableRow>
                <TableHeaderCell className={styles.date}>{t.historyWhen}</TableHeaderCell>
                <TableHeaderCell>{t.historyWhat}</TableHeaderCell>
                <TableHeaderCell>{t.historyWho}</TableHeaderCell>
              </TableRow>
            </TableHeader>
            <TableBody>
              {data.items.map((record) => (
                <TableRow key={record.id}>
                  <TableCell>{format.dateTime(record.activityDateTime)}</TableCell>
                  <TableCell className={styles.cell}>
                    {record.displayName ?? record.activityType}
                    {record.activityResult === 'Failure' ? ` (${t.failedResult})` : ''}
                  </TableCell>
                  <TableCell>
                    <CutText text={actorOf(record)} />
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </section>
      ) : null}
    </section>
  );
}

function actorOf({ actor }: AuditEvent): string {
  return actor?.userPrincipalName ?? actor?.applicationDisplayName ?? actor?.userId ?? actor?.applicationId ?? '';
}
