/** The rules of remote help for the whole organisation. Each change is saved at once, and says what it will do. */
import {
  Button,
  Card,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Spinner,
  Switch,
  Text,
  tokens,
} from '@fluentui/react-components';
import { type Of, type remoteAssistanceSettings, SERVICE_CONFIG } from '@open-remote-help/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { Failure } from '../shell/failure.tsx';
import { useNotices } from '../shell/notices.tsx';
import { Page } from '../shell/page.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';

const SETTINGS = 'deviceManagement/remoteAssistanceSettings';

type Settings = Of<typeof remoteAssistanceSettings>;

const useStyles = makeStyles({
  cards: { display: 'grid', gap: tokens.spacingVerticalM, maxWidth: '720px' },
  row: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: tokens.spacingHorizontalL },
  name: { margin: 0, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
});

export default function SettingsPage() {
  const t = useText();
  const styles = useStyles();
  const graph = useGraph();
  const mayChange = useSignedIn().may(SERVICE_CONFIG.write);
  const found = useQuery({
    queryKey: [SETTINGS],
    queryFn: ({ signal }) => graph.get<Settings>(SETTINGS, { signal }),
  });
  return (
    <Page title={t.settings.title}>
      {found.isPending ? <Spinner label={t.common.loading} /> : null}
      {found.error ? <Failure error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.data ? (
        <div className={styles.cards}>
          {mayChange ? null : (
            <MessageBar layout="multiline">
              <MessageBarBody>{t.settings.readOnly}</MessageBarBody>
            </MessageBar>
          )}
          <RemoteHelp settings={found.data} mayChange={mayChange} />
          <Unenrolled settings={found.data} mayChange={mayChange} />
          <Chat settings={found.data} mayChange={mayChange} />
        </div>
      ) : null}
    </Page>
  );
}

interface RuleProps {
  readonly settings: Settings;
  readonly mayChange: boolean;
}

/** Saves a change; what is shown follows what the server answers. */
function useChange() {
  const graph = useGraph();
  const queries = useQueryClient();
  const notices = useNotices();
  const { common } = useText();
  return useMutation({
    mutationFn: (changes: Partial<Settings>) => graph.patch<Settings>(SETTINGS, changes),
    onSuccess: (settings) => {
      queries.setQueryData([SETTINGS], settings);
      notices.done(common.saved);
    },
    onError: notices.failed,
  });
}

/** Switching it off ends every session: that is asked first. */
function RemoteHelp({ settings, mayChange }: RuleProps) {
  const t = useText().settings;
  const change = useChange();
  const isOn = settings.remoteAssistanceState === 'enabled';
  return (
    <Rule name={t.remoteHelp} text={isOn ? t.remoteHelpOn : t.remoteHelpOff}>
      {(labelId) =>
        isOn && mayChange ? (
          <ConfirmDialog
            trigger={<Button>{t.switchOff}</Button>}
            title={t.switchOffTitle}
            action={t.switchOff}
            onConfirm={() => change.mutateAsync({ remoteAssistanceState: 'disabled' })}
          >
            {t.switchOffText}
          </ConfirmDialog>
        ) : (
          <Switch
            aria-labelledby={labelId}
            checked={isOn}
            disabled={!mayChange || change.isPending}
            onChange={() => change.mutate({ remoteAssistanceState: 'enabled' })}
          />
        )
      }
    </Rule>
  );
}

function Unenrolled({ settings, mayChange }: RuleProps) {
  const t = useText().settings;
  const change = useChange();
  return (
    <Rule name={t.unenrolled} text={t.unenrolledText}>
      {(labelId) => (
        <Switch
          aria-labelledby={labelId}
          checked={settings.allowSessionsToUnenrolledDevices}
          disabled={!mayChange || change.isPending}
          onChange={(_, { checked }) => change.mutate({ allowSessionsToUnenrolledDevices: checked })}
        />
      )}
    </Rule>
  );
}

function Chat({ settings, mayChange }: RuleProps) {
  const t = useText().settings;
  const change = useChange();
  return (
    <Rule name={t.chat} text={t.chatText}>
      {(labelId) => (
        <Switch
          aria-labelledby={labelId}
          checked={!settings.blockChat}
          disabled={!mayChange || change.isPending}
          onChange={(_, { checked }) => change.mutate({ blockChat: !checked })}
        />
      )}
    </Rule>
  );
}

function Rule(props: {
  readonly name: string;
  readonly text: string;
  readonly children: (labelId: string) => React.ReactNode;
}) {
  const styles = useStyles();
  const id = useId();
  return (
    <Card>
      <div className={styles.row}>
        <h2 id={id} className={styles.name}>
          {props.name}
        </h2>
        {props.children(id)}
      </div>
      <Text>{props.text}</Text>
    </Card>
  );
}
