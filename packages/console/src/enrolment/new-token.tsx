/** Makes an enrolment token, and shows it once with the command that uses it. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Dropdown,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Option,
  SpinButton,
  Text,
  tokens,
} from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons';
import type { enrollmentToken, Of } from '@open-remote-help/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { systemClock } from '../clock.ts';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { Copyable } from '../shell/copyable.tsx';
import { Failure } from '../shell/failure.tsx';
import {
  enrolCommands,
  LIFETIMES,
  MOST_USES,
  TOKENS,
  type TokenWishes,
  tokenRequest,
  USUAL_WISHES,
} from './token-request.ts';

const LONGEST_NAME = 256;

const useStyles = makeStyles({
  fields: { display: 'grid', gap: tokens.spacingVerticalM },
});

/** The button and its dialog. */
export function NewToken() {
  const t = useText().enrolment;
  const [isOpen, setOpen] = useState(false);
  const [token, setToken] = useState<string>();
  const close = () => {
    setOpen(false);
    setToken(undefined);
  };
  return (
    <Dialog
      // What is shown once is not lost by a click beside it.
      modalType={token === undefined ? 'modal' : 'alert'}
      open={isOpen}
      onOpenChange={(_, { open }) => (open ? setOpen(true) : close())}
    >
      <DialogTrigger disableButtonEnhancement>
        <Button appearance="primary" icon={<AddRegular />}>
          {t.create}
        </Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{token === undefined ? t.create : t.createdTitle}</DialogTitle>
          {token === undefined ? <Wishes onMade={setToken} onClose={close} /> : <Made token={token} onClose={close} />}
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Wishes({ onMade, onClose }: { readonly onMade: (token: string) => void; readonly onClose: () => void }) {
  const styles = useStyles();
  const { common, enrolment: t } = useText();
  const graph = useGraph();
  const queries = useQueryClient();
  const [wishes, setWishes] = useState<TokenWishes>(USUAL_WISHES);
  const change = (changes: Partial<TokenWishes>) => setWishes({ ...wishes, ...changes });
  const make = useMutation({
    mutationFn: () => graph.post<Of<typeof enrollmentToken>>(TOKENS, tokenRequest(wishes, systemClock.now())),
    onSuccess: ({ token }) => {
      onMade(token ?? '');
      return queries.invalidateQueries({ queryKey: [TOKENS] });
    },
  });
  return (
    <>
      <DialogContent className={styles.fields}>
        <Field label={t.name} hint={t.nameHint}>
          <Input
            value={wishes.displayName}
            maxLength={LONGEST_NAME}
            onChange={(_, { value }) => change({ displayName: value })}
          />
        </Field>
        <Field label={t.maxUses}>
          <SpinButton
            value={wishes.maxUses}
            min={1}
            max={MOST_USES}
            onChange={(_, { value, displayValue }) => change({ maxUses: usesOf(value ?? Number(displayValue)) })}
          />
        </Field>
        <Field label={t.lifetime}>
          <Dropdown
            value={t.days(wishes.days)}
            selectedOptions={[String(wishes.days)]}
            onOptionSelect={(_, { optionValue }) => change({ days: Number(optionValue) })}
          >
            {LIFETIMES.map((days) => (
              <Option key={days} value={String(days)}>
                {t.days(days)}
              </Option>
            ))}
          </Dropdown>
        </Field>
        {wishes.maxUses > 1 ? null : (
          <Field label={t.deviceName} hint={t.deviceNameHint}>
            <Input
              value={wishes.deviceName}
              maxLength={LONGEST_NAME}
              onChange={(_, { value }) => change({ deviceName: value })}
            />
          </Field>
        )}
        {make.error ? <Failure error={make.error} /> : null}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button appearance="primary" disabled={make.isPending} onClick={() => make.mutate()}>
          {common.create}
        </Button>
      </DialogActions>
    </>
  );
}

function Made({ token, onClose }: { readonly token: string; readonly onClose: () => void }) {
  const styles = useStyles();
  const { common, enrolment: t } = useText();
  return (
    <>
      <DialogContent className={styles.fields}>
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{t.onceTitle}</MessageBarTitle>
            {t.once}
          </MessageBarBody>
        </MessageBar>
        <Text>{t.run}</Text>
        <Copyable text={enrolCommands(location.origin, token)} label={t.command} />
        <Text>{t.tokenAlone}</Text>
        <Copyable text={token} label={t.token} />
      </DialogContent>
      <DialogActions>
        <Button appearance="primary" onClick={onClose}>
          {common.close}
        </Button>
      </DialogActions>
    </>
  );
}

function usesOf(value: number): number {
  return Number.isFinite(value) ? Math.min(MOST_USES, Math.max(1, Math.round(value))) : 1;
}
