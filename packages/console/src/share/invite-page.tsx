/** Help for somebody who has nothing installed: a code is made, told, and leads to the session once it was typed. */
import {
  Button,
  Card,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Spinner,
  Text,
  tokens,
} from '@fluentui/react-components';
import { PlugDisconnectedRegular } from '@fluentui/react-icons';
import {
  type invitation,
  MANAGED_DEVICES,
  type Of,
  type remoteAssistanceSettings,
  SERVICE_CONFIG,
  shownInvitationCode,
} from '@open-remote-help/protocol';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { type Instant, instantOf, systemClock } from '../clock.ts';
import { useGraph } from '../graph/graph.tsx';
import { GraphError } from '../graph/graph-error.ts';
import { useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { EmptyState } from '../shell/empty-state.tsx';
import { Failure } from '../shell/failure.tsx';
import { LinkButton } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { navigate } from '../shell/router.ts';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { spelledCode } from './spelled-code.ts';
import { durationText, useTimeLeft } from './time-left.ts';

type Invitation = Of<typeof invitation>;
type Settings = Of<typeof remoteAssistanceSettings>;

const INVITATIONS = 'remoteHelp/invitations';
const LOOK_EVERY_MS = 1_500;
const COPIED_MS = 2_000;

/** An invitation with its code, and until when it is good by this machine's clock. */
interface Made {
  readonly id: string;
  readonly code: string;
  readonly until: Instant;
}

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, maxWidth: '480px' },
  text: { maxWidth: '72ch' },
  card: { maxWidth: '640px', gap: tokens.spacingVerticalM, padding: tokens.spacingHorizontalXXL },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: 'clamp(2.5rem, 9vw, 4.5rem)',
    lineHeight: 1.1,
    letterSpacing: '0.06em',
    fontWeight: tokens.fontWeightSemibold,
    userSelect: 'all',
  },
  address: { userSelect: 'all', overflowWrap: 'anywhere' },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  left: { fontVariantNumeric: 'tabular-nums' },
});

export default function InvitePage() {
  const t = useText().invitations;
  const [made, setMade] = useState<Made>();
  const [isWithdrawn, setWithdrawn] = useState(false);
  return (
    <Page title={t.title}>
      {made ? (
        <Waiting
          made={made}
          onOver={(wasWithdrawn) => {
            setMade(undefined);
            setWithdrawn(wasWithdrawn);
          }}
        />
      ) : (
        <Making isWithdrawn={isWithdrawn} onMade={setMade} />
      )}
    </Page>
  );
}

function Making({ isWithdrawn, onMade }: { readonly isWithdrawn: boolean; readonly onMade: (made: Made) => void }) {
  const t = useText().invitations;
  const styles = useStyles();
  const graph = useGraph();
  const { may } = useSignedIn();
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const settings = useQuery({
    queryKey: ['remoteAssistanceSettings'],
    queryFn: () => graph.get<Settings>('deviceManagement/remoteAssistanceSettings'),
    enabled: may(SERVICE_CONFIG.read),
  });
  const making = useMutation({
    mutationFn: () =>
      graph.post<Invitation>(INVITATIONS, {
        ...(reason === '' ? {} : { reason }),
        ...(ticket === '' ? {} : { ticket }),
      }),
    onSuccess: (invitation) => onMade(madeOf(invitation)),
  });
  const off = offBy(settings.data) ?? offByRefusal(making.error);
  if (off) return <SwitchedOff setting={off} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!making.isPending) making.mutate();
  };
  return (
    <>
      {isWithdrawn ? (
        <MessageBar intent="success">
          <MessageBarBody>{t.withdrawn}</MessageBarBody>
        </MessageBar>
      ) : null}
      <Text className={styles.text}>{t.text}</Text>
      <form onSubmit={submit} className={styles.form}>
        <Field label={t.reason} hint={t.reasonHint}>
          <Input value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
        </Field>
        <Field label={t.ticket}>
          <Input value={ticket} maxLength={100} onChange={(_, { value }) => setTicket(value)} />
        </Field>
        <div className={styles.row}>
          <Button
            type="submit"
            appearance="primary"
            disabled={!may(MANAGED_DEVICES.write)}
            disabledFocusable={making.isPending}
          >
            {t.make}
          </Button>
          {making.isPending ? <Spinner size="tiny" /> : null}
        </div>
      </form>
      {making.error ? <Failure error={making.error} onRetry={() => making.mutate()} /> : null}
    </>
  );
}

function SwitchedOff({ setting }: { readonly setting: string }) {
  const t = useText().invitations;
  const isAll = setting === 'remoteAssistanceState';
  return (
    <EmptyState
      icon={<PlugDisconnectedRegular />}
      title={t.offTitle}
      action={<LinkButton to={pathTo('settings')}>{t.toSettings}</LinkButton>}
    >
      {isAll ? t.offAll : t.off}
    </EmptyState>
  );
}

function Waiting({ made, onOver }: { readonly made: Made; readonly onOver: (wasWithdrawn: boolean) => void }) {
  const t = useText().invitations;
  const styles = useStyles();
  const graph = useGraph();
  const left = useTimeLeft(made.until);
  const path = `${INVITATIONS}/${encodeURIComponent(made.id)}`;
  const looked = useQuery({
    queryKey: ['invitation', made.id],
    queryFn: () => graph.get<Invitation>(path),
    refetchInterval: LOOK_EVERY_MS,
    refetchIntervalInBackground: true,
  });
  const sessionId = looked.data?.sessionId ?? null;
  useEffect(() => {
    if (sessionId !== null) navigate(pathTo('sessionScreen', { sessionId }), { replace: true });
  }, [sessionId]);
  const withdrawing = useMutation({ mutationFn: () => graph.delete(path), onSuccess: () => onOver(true) });
  const code = shownInvitationCode(made.code);
  const address = `${location.origin}/share`;
  if (left === 0 && sessionId === null) {
    return (
      <EmptyState
        title={t.expiredTitle}
        action={
          <Button appearance="primary" onClick={() => onOver(false)}>
            {t.make}
          </Button>
        }
      >
        {t.expired}
      </EmptyState>
    );
  }
  return (
    <Card className={styles.card}>
      <Text>{t.codeLabel}</Text>
      <output className={styles.code} aria-label={spelledCode(made.code)}>
        {code}
      </output>
      <Text>{t.spelled(spelledCode(made.code))}</Text>
      <Text>
        {t.openPage} <strong className={styles.address}>{address}</strong>
      </Text>
      <div className={styles.row}>
        <CopyButton text={code} label={t.copyCode} />
        <CopyButton text={`${address}#${code}`} label={t.copyLink} />
        <Text size={200}>{t.linkHint}</Text>
      </div>
      <div className={styles.row} role="status">
        <Spinner size="tiny" />
        <Text>{sessionId === null ? t.waiting : t.claimed}</Text>
        <Text className={styles.left} aria-live="off">
          {t.left(durationText(left))}
        </Text>
      </div>
      <div className={styles.row}>
        <Button onClick={() => withdrawing.mutate()} disabledFocusable={withdrawing.isPending}>
          {t.withdraw}
        </Button>
      </div>
      {withdrawing.error ? <Failure error={withdrawing.error} /> : null}
      {looked.error ? <Failure error={looked.error} onRetry={() => void looked.refetch()} /> : null}
    </Card>
  );
}

function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const t = useText().invitations;
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    return systemClock.at(systemClock.now() + COPIED_MS, () => setCopied(false));
  }, [isCopied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return <Button onClick={() => void copy()}>{isCopied ? t.copied : label}</Button>;
}

/** Its life counts from now: the server's clock may be another one. */
function madeOf({ id, code, createdDateTime, expirationDateTime }: Invitation): Made {
  const lifeMs = (instantOf(expirationDateTime) ?? 0) - (instantOf(createdDateTime) ?? 0);
  return { id, code: code ?? '', until: systemClock.now() + lifeMs };
}

function offBy(settings: Settings | undefined): string | undefined {
  if (!settings) return undefined;
  if (settings.remoteAssistanceState !== 'enabled') return 'remoteAssistanceState';
  return settings.allowSessionsToUnenrolledDevices ? undefined : 'allowSessionsToUnenrolledDevices';
}

/** Who may not read the settings learns it from the refusal. */
function offByRefusal(error: Error | null): string | undefined {
  const target = error instanceof GraphError && error.kind === 'forbidden' ? error.target : undefined;
  return target === 'remoteAssistanceState' || target === 'allowSessionsToUnenrolledDevices' ? target : undefined;
}
