/** One session as a row of a table. */
import { Badge, makeStyles, TableCell, TableRow, Text, tokens } from '@fluentui/react-components';
import type { Instant } from '../clock.ts';
import { instantOf } from '../clock.ts';
import { useSpeech } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { CutText } from '../shell/cut-text.tsx';
import { LinkButton } from '../shell/link.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { EndNow } from './end-now.tsx';
import { endReasonOf } from './helper-state.ts';
import type { SessionRecord } from './session-server.ts';
import { clockText } from './use-now.ts';

const useStyles = makeStyles({
  cell: { overflowWrap: 'anywhere' },
  number: { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalXS,
    paddingBlock: tokens.spacingVerticalXS,
  },
});

/** The state in one word, and its colour; never by colour alone. */
export function StateBadge({ session }: { readonly session: SessionRecord }) {
  const t = useSpeech().texts.sessions;
  const color = { requested: 'warning', active: 'success', ended: 'informative' } as const;
  const state = session.state as keyof typeof color;
  return (
    <Badge appearance="tint" color={color[state]}>
      {t.states[state]}
    </Badge>
  );
}

export function LiveRow({ session, now }: { readonly session: SessionRecord; readonly now: Instant }) {
  const styles = useStyles();
  const { texts, format } = useSpeech();
  const { person } = useSignedIn();
  const leftMs = (untilOf(session) ?? now) - now;
  const isMine = session.helpers.some(({ userId }) => userId === person.id);
  return (
    <TableRow>
      <TableCell>
        <StateBadge session={session} />
      </TableCell>
      <Names session={session} />
      <TableCell className={styles.number}>{format.time(session.createdDateTime)}</TableCell>
      <TableCell className={styles.number}>{clockText(leftMs)}</TableCell>
      <TableCell>
        <span className={styles.actions}>
          <LinkButton
            appearance={isMine ? 'primary' : 'secondary'}
            to={pathTo('sessionScreen', { sessionId: session.id })}
          >
            {texts.sessions.open}
          </LinkButton>
          <EndNow session={session} />
        </span>
      </TableCell>
    </TableRow>
  );
}

export function PastRow({ session }: { readonly session: SessionRecord }) {
  const styles = useStyles();
  const { texts, format } = useSpeech();
  return (
    <TableRow>
      <TableCell className={styles.cell}>{texts.sessions.ends[endReasonOf(session)]}</TableCell>
      <Names session={session} />
      <TableCell>{format.dateTime(session.createdDateTime)}</TableCell>
      <TableCell>{format.dateTime(session.endedDateTime)}</TableCell>
    </TableRow>
  );
}

function Names({ session }: { readonly session: SessionRecord }) {
  const styles = useStyles();
  const { texts } = useSpeech();
  const t = texts.sessions;
  return (
    <>
      <TableCell>
        <CutText text={session.deviceName} to={pathTo('session', { sessionId: session.id })} />
        {session.isUnenrolled ? (
          <Text block size={200}>
            <CutText text={t.unenrolled} />
          </Text>
        ) : null}
      </TableCell>
      <TableCell>
        <CutText text={helperOf(session)} />
      </TableCell>
      <TableCell className={styles.cell}>{t.types[session.sessionType as keyof typeof t.types]}</TableCell>
    </>
  );
}

/** Who created it, by the best name there is. */
export function helperOf({ helperDisplayName, helperUserPrincipalName, helperId }: SessionRecord): string {
  return helperDisplayName ?? helperUserPrincipalName ?? helperId;
}

/** Until when it lasts as things are: the answer, while that is waited for. */
export function untilOf(session: SessionRecord): Instant | undefined {
  return instantOf(session.consentExpirationDateTime) ?? instantOf(session.sessionExpirationDateTime);
}
