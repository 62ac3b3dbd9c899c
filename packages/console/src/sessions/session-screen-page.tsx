/** The page of a live session, from the question to the end. */
import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import {
  ChatWarningRegular,
  CheckmarkCircleRegular,
  ErrorCircleRegular,
  EyeOffRegular,
  PersonAddRegular,
} from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import type { PageProps } from '../routes.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { Failure } from '../shell/failure.tsx';
import { LinkButton } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { AskAgain } from './ask-again.tsx';
import { ChangedKey } from './changed-key.tsx';
import { endReasonOf, type HelperState, type Stage } from './helper-state.ts';
import { SessionScreen } from './session-screen.tsx';
import { SESSIONS, type SessionRecord } from './session-server.ts';
import { useHelperEnd } from './use-helper-end.ts';
import { WaitingForConsent } from './waiting.tsx';

const useStyles = makeStyles({
  center: { display: 'flex', flexGrow: 1, alignItems: 'center', justifyContent: 'center', overflow: 'auto' },
  actions: { display: 'flex', flexWrap: 'wrap', justifyContent: 'center', gap: tokens.spacingHorizontalS },
});

export default function SessionScreenPage({ parameters }: PageProps) {
  const id = parameters.sessionId ?? '';
  const graph = useGraph();
  const t = useText();
  // Read once: from then on the session's own connection tells what changes.
  const { data, error, refetch } = useQuery({
    queryKey: ['session', id, 'screen'],
    queryFn: () => graph.get<SessionRecord>(`${SESSIONS}/${encodeURIComponent(id)}`),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Page title={data ? t.screen.title(data.deviceName) : t.common.loading} isFilling>
      {error ? <Failure error={error} onRetry={() => void refetch()} /> : null}
      {data ? <Entrance session={data} /> : null}
      {data || error ? null : (
        <Centered>
          <Spinner label={t.common.loading} />
        </Centered>
      )}
    </Page>
  );
}

/** Who is of the session goes in; anybody else is asked first whether he wants to ask. */
function Entrance({ session }: { readonly session: SessionRecord }) {
  const { person } = useSignedIn();
  const t = useText().screen;
  const isOfIt =
    session.helperId === person.id ||
    session.helpers.some(({ userId, access }) => userId === person.id && access === 'admitted');
  const [isAsking, setAsking] = useState(isOfIt);
  if (session.state === 'ended') {
    return <Over stage={{ kind: 'over', reason: endReasonOf(session), retryAt: undefined }} session={session} />;
  }
  if (isAsking) return <Taking session={session} />;
  const helper = session.helperDisplayName ?? session.helperUserPrincipalName ?? session.helperId;
  return (
    <Centered>
      <EmptyState
        icon={<PersonAddRegular />}
        title={t.joinTitle(helper, session.deviceName)}
        action={
          <Actions>
            <Button appearance="primary" onClick={() => setAsking(true)}>
              {t.joinAsk}
            </Button>
            <ToRecord id={session.id} />
          </Actions>
        }
      >
        {t.join}
      </EmptyState>
    </Centered>
  );
}

function Taking({ session }: { readonly session: SessionRecord }) {
  const helping = useHelperEnd(session);
  const t = useText();
  if (!helping) return null;
  const { end, state } = helping;
  switch (state.stage.kind) {
    case 'connecting':
      return session.state === 'requested' ? (
        <WaitingForConsent end={end} state={state} />
      ) : (
        <Centered>
          <Spinner label={t.screen.connecting} />
        </Centered>
      );
    case 'waiting':
      return <WaitingForConsent end={end} state={state} />;
    case 'in':
      return state.isKeyChanged ? <ChangedKey end={end} state={state} /> : <SessionScreen end={end} state={state} />;
    case 'over':
      return <Over stage={state.stage} session={state.session} />;
    default:
      return <NotIn state={state} stage={state.stage} />;
  }
}

type OutStage = Extract<Stage, { kind: 'refused' | 'outside' | 'failed' }>;

function NotIn({ state, stage }: { readonly state: HelperState; readonly stage: OutStage }) {
  const t = useText().screen;
  const words = {
    refused: [
      t.refusedTitle,
      stage.kind === 'refused' && stage.decision === 'timedOut' ? t.refusedTimedOut : t.refused,
    ],
    outside: [t.outsideTitle, t.outside],
    failed: [t.failedTitle, stage.kind === 'failed' ? stage.message : ''],
  } as const;
  const [title, text] = words[stage.kind];
  return (
    <Centered>
      <EmptyState
        icon={stage.kind === 'failed' ? <ErrorCircleRegular /> : <EyeOffRegular />}
        title={title}
        action={
          <Actions>
            <ToRecord id={state.session.id} />
          </Actions>
        }
      >
        {text} {stage.kind === 'refused' ? <AskAgain at={stage.retryAt} /> : null}
      </EmptyState>
    </Centered>
  );
}

/** Why it is over, and what can be done now. */
function Over({
  stage,
  session,
}: {
  readonly stage: Extract<Stage, { kind: 'over' }>;
  readonly session: SessionRecord;
}) {
  const t = useText().screen;
  const isPlain = stage.reason === 'endedByHelper' || stage.reason === 'cancelled';
  return (
    <Centered>
      <EmptyState
        icon={isPlain ? <CheckmarkCircleRegular /> : <ChatWarningRegular />}
        title={t.overTitle}
        action={
          <Actions>
            {session.isUnenrolled ? null : (
              <LinkButton appearance="primary" to={pathTo('device', { deviceId: session.deviceId })}>
                {t.askAgain}
              </LinkButton>
            )}
            <ToRecord id={session.id} />
            <LinkButton to={pathTo('sessions')}>{t.back}</LinkButton>
          </Actions>
        }
      >
        <Text role="status">{t.over[stage.reason]}</Text>{' '}
        {session.isUnenrolled ? null : <AskAgain at={stage.retryAt} />}
      </EmptyState>
    </Centered>
  );
}

function ToRecord({ id }: { readonly id: string }) {
  return <LinkButton to={pathTo('session', { sessionId: id })}>{useText().screen.toRecord}</LinkButton>;
}

function Actions({ children }: { readonly children: ReactNode }) {
  return <div className={useStyles().actions}>{children}</div>;
}

function Centered({ children }: { readonly children: ReactNode }) {
  return <div className={useStyles().center}>{children}</div>;
}
