/** How a session begins: what is needed, why, and the ticket; then the device is asked. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Radio,
  RadioGroup,
  Spinner,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { PersonSupportRegular } from '@fluentui/react-icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Instant } from '../clock.ts';
import { literal } from '../graph/client.ts';
import { useGraph } from '../graph/graph.tsx';
import { GraphError } from '../graph/graph-error.ts';
import { useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { Failure } from '../shell/failure.tsx';
import { Link } from '../shell/link.tsx';
import { navigate } from '../shell/router.ts';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { AskAgain } from './ask-again.tsx';
import { allowedTypes, createSession, REQUESTABLE_TYPES, type RequestableType, SESSIONS } from './session-server.ts';

/** What is said of the device before it is asked. */
export interface DeviceToHelp {
  readonly id: string;
  readonly deviceName: string | null;
  /** False only where it is known. */
  readonly isOnline?: boolean | null | undefined;
  /** Graph's `complianceState`. */
  readonly complianceState?: string | null | undefined;
}

const LONGEST = { reason: 500, ticket: 100 } as const;

const useStyles = makeStyles({
  fields: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  hint: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

/** The button on a device's page or row, and its dialog. */
export function StartSession(props: {
  readonly device: DeviceToHelp;
  readonly appearance?: 'primary' | 'secondary' | 'subtle';
  readonly size?: 'small' | 'medium';
}) {
  const { device, appearance = 'primary', size = 'medium' } = props;
  const t = useText().sessions;
  const [isOpen, setOpen] = useState(false);
  const name = device.deviceName ?? device.id;
  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => setOpen(open)}>
      <DialogTrigger disableButtonEnhancement>
        <Button appearance={appearance} size={size} icon={<PersonSupportRegular />} aria-label={t.startTitle(name)}>
          {t.start}
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t.startTitle(name)}</DialogTitle>
          {isOpen ? <Ask device={device} onClose={() => setOpen(false)} /> : null}
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Ask({ device, onClose }: { readonly device: DeviceToHelp; readonly onClose: () => void }) {
  const styles = useStyles();
  const texts = useText();
  const t = texts.sessions;
  const graph = useGraph();
  const { person } = useSignedIn();
  const [chosen, setChosen] = useState<RequestableType>();
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  // The same question again after a break is the same session.
  const [clientRequestId] = useState(() => crypto.randomUUID());
  const allowed = useQuery({
    queryKey: ['allowedTypes', device.id],
    queryFn: () =>
      person.tenantId === undefined ? REQUESTABLE_TYPES : allowedTypes(graph, device.id, person.tenantId),
    staleTime: 0,
  });
  const types = allowed.data ?? [];
  const sessionType = chosen ?? (types.includes('takeFullControl') ? 'takeFullControl' : types[0]);
  const asking = useMutation({
    mutationFn: (type: RequestableType) =>
      createSession(
        graph,
        { deviceId: device.id, sessionType: type, reason: reason.trim(), ticket: ticket.trim() },
        clientRequestId,
      ),
    onSuccess: ({ id }) => navigate(pathTo('sessionScreen', { sessionId: id })),
  });
  const isTooLong = { reason: reason.length > LONGEST.reason, ticket: ticket.length > LONGEST.ticket };
  // Buttons are there from the start: a dialog with nothing to focus is taken away from screen readers.
  return (
    <>
      <DialogContent>
        <div className={styles.fields}>
          {allowed.isPending ? <Spinner label={texts.common.loading} /> : null}
          {allowed.error ? <Failure error={allowed.error} onRetry={() => void allowed.refetch()} /> : null}
          {allowed.data?.length === 0 ? (
            <MessageBar intent="error" layout="multiline">
              <MessageBarBody>
                <MessageBarTitle>{t.startNothingTitle}</MessageBarTitle>
                {t.startNothing}
              </MessageBarBody>
            </MessageBar>
          ) : null}
          {asking.error ? <Refused key={asking.submittedAt} error={asking.error} device={device} /> : null}
          {device.isOnline === false ? <Note text={t.startOffline} /> : null}
          {device.complianceState === 'noncompliant' ? <Note text={t.startNotCompliant} /> : null}
          {types.length === 0 ? null : (
            <>
              <Field label={t.startType}>
                <RadioGroup value={sessionType ?? ''} onChange={(_, { value }) => setChosen(value as RequestableType)}>
                  {types.map((type) => (
                    <Radio
                      key={type}
                      value={type}
                      label={
                        <>
                          {t.types[type]}
                          <br />
                          <span className={styles.hint}>{t.typeHints[type]}</span>
                        </>
                      }
                    />
                  ))}
                </RadioGroup>
              </Field>
              <Field
                label={t.startReason}
                hint={t.startReasonHint}
                {...(isTooLong.reason ? { validationMessage: t.longest(LONGEST.reason) } : {})}
              >
                <Textarea value={reason} resize="vertical" onChange={(_, { value }) => setReason(value)} />
              </Field>
              <Field
                label={t.startTicket}
                hint={t.startTicketHint}
                {...(isTooLong.ticket ? { validationMessage: t.longest(LONGEST.ticket) } : {})}
              >
                <Input value={ticket} onChange={(_, { value }) => setTicket(value)} />
              </Field>
            </>
          )}
        </div>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button
          appearance="primary"
          disabled={!sessionType || asking.isPending || isTooLong.reason || isTooLong.ticket}
          onClick={() => sessionType && asking.mutate(sessionType)}
        >
          {t.startAsk}
        </Button>
      </DialogActions>
    </>
  );
}

function Note({ text }: { readonly text: string }) {
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>{text}</MessageBarBody>
    </MessageBar>
  );
}

function retryAtOf(error: unknown, now: Instant): Instant | undefined {
  const seconds = error instanceof GraphError ? error.retryAfterSeconds : undefined;
  return seconds === undefined ? undefined : now + seconds * 1_000;
}

/** The refusals that a helper meets every day say what to do. */
function Refused({ error, device }: { readonly error: unknown; readonly device: DeviceToHelp }) {
  const t = useText().sessions;
  const graph = useGraph();
  const [retryAt] = useState(() => retryAtOf(error, graph.now()));
  const isTaken = error instanceof GraphError && error.code === 'sessionInProgress';
  const taken = useQuery({
    queryKey: ['liveSession', device.id],
    queryFn: () =>
      graph.list<{ readonly id: string }>(SESSIONS, {
        query: { filter: `deviceId eq ${literal(device.id)} and state ne 'ended'`, top: 1 },
      }),
    enabled: isTaken,
  });
  if (isTaken) {
    const id = taken.data?.items[0]?.id;
    return (
      <MessageBar intent="error" layout="multiline" role="alert">
        <MessageBarBody>
          {t.startInProgress}{' '}
          {id === undefined ? null : <Link to={pathTo('session', { sessionId: id })}>{t.startInProgressOpen}</Link>}
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (error instanceof GraphError && error.status === 429) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          {t.startTooMany} {retryAt === undefined ? t.startTooManySoon : <AskAgain at={retryAt} />}
        </MessageBarBody>
      </MessageBar>
    );
  }
  return <Failure error={error} />;
}
