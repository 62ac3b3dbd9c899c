/** Enrolment tokens: made here, shown once, withdrawn here. */
import { Badge, Button, makeStyles, TableCell, TableRow, Text } from '@fluentui/react-components';
import { KeyRegular } from '@fluentui/react-icons';
import { type enrollmentToken, MANAGED_DEVICES, type Of } from '@open-remote-help/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { instantOf, systemClock } from '../clock.ts';
import { useGraph } from '../graph/graph.tsx';
import { useFormat, useText } from '../i18n/text.tsx';
import { ConfirmDialog } from '../shell/confirm-dialog.tsx';
import { CutText } from '../shell/cut-text.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { ListOf, ScrollTable, usePaged } from '../shell/list.tsx';
import { Page } from '../shell/page.tsx';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { NewToken } from './new-token.tsx';
import { TOKENS } from './token-request.ts';

type Token = Of<typeof enrollmentToken> & { readonly id: string };

const useStyles = makeStyles({
  table: { minWidth: '640px' },
  action: { width: '130px' },
  uses: { width: '90px' },
});

export default function EnrolmentPage() {
  const t = useText().enrolment;
  const mayChange = useSignedIn().may(MANAGED_DEVICES.write);
  const list = usePaged<Token>(TOKENS, { orderby: 'createdDateTime desc', top: 50 });
  const empty = (
    <EmptyState icon={<KeyRegular />} title={t.noneTitle}>
      {mayChange ? t.none : t.readOnly}
    </EmptyState>
  );
  return (
    <Page title={t.title} actions={mayChange ? <NewToken /> : undefined}>
      <Text>{t.about}</Text>
      <ListOf list={list} empty={empty}>
        {(tokens) => <TokenTable tokens={tokens} mayChange={mayChange} />}
      </ListOf>
    </Page>
  );
}

function TokenTable({ tokens, mayChange }: { readonly tokens: readonly Token[]; readonly mayChange: boolean }) {
  const styles = useStyles();
  const { common, enrolment: t } = useText();
  const columns = [
    { heading: t.name },
    { heading: t.state, className: styles.action },
    { heading: t.uses, className: styles.uses },
    { heading: t.device },
    { heading: t.expires },
    ...(mayChange ? [{ heading: common.actions, className: styles.action }] : []),
  ];
  return (
    <ScrollTable label={t.title} columns={columns} className={styles.table}>
      {tokens.map((token) => (
        <TokenRow key={token.id} token={token} mayChange={mayChange} />
      ))}
    </ScrollTable>
  );
}

function TokenRow({ token, mayChange }: { readonly token: Token; readonly mayChange: boolean }) {
  const t = useText().enrolment;
  const format = useFormat();
  const graph = useGraph();
  const queries = useQueryClient();
  const name = token.displayName ?? t.unnamed;
  const revoke = async () => {
    await graph.delete(`${TOKENS}/${token.id}`);
    await queries.invalidateQueries({ queryKey: [TOKENS] });
  };
  return (
    <TableRow>
      <TableCell>
        <CutText text={name} />
      </TableCell>
      <TableCell>
        <TokenState token={token} />
      </TableCell>
      <TableCell>{t.usesOf(token.uses, token.maxUses)}</TableCell>
      <TableCell>
        <CutText text={token.deviceName ?? t.anyName} />
      </TableCell>
      <TableCell>{format.dateTime(token.expirationDateTime)}</TableCell>
      {mayChange ? (
        <TableCell>
          <ConfirmDialog
            trigger={
              <Button size="small" aria-label={t.revokeOf(name)}>
                {t.revoke}
              </Button>
            }
            title={t.revokeTitle(name)}
            action={t.revoke}
            onConfirm={revoke}
          >
            {t.revokeText}
          </ConfirmDialog>
        </TableCell>
      ) : null}
    </TableRow>
  );
}

function TokenState({ token }: { readonly token: Token }) {
  const t = useText().enrolment;
  const isOver = (instantOf(token.expirationDateTime) ?? 0) <= systemClock.now();
  if (isOver) return <Badge appearance="tint">{t.states.expired}</Badge>;
  if (token.uses >= token.maxUses) return <Badge appearance="tint">{t.states.used}</Badge>;
  return (
    <Badge appearance="tint" color="success">
      {t.states.open}
    </Badge>
  );
}
