/** The audit log: who did what and when, searched, saved, and held against its chain. */
import {
  Badge,
  Dropdown,
  Field,
  Input,
  makeStyles,
  Option,
  TableCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components';
import { HistoryRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useFormat, useText } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { CutText } from '../shell/cut-text.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { Link } from '../shell/link.tsx';
import { Filters, ListOf, ScrollTable, usePaged, useRested } from '../shell/list.tsx';
import { Page } from '../shell/page.tsx';
import { useQueryValue } from '../shell/router.ts';
import { AUDIT_EVENTS, type AuditEvent, actorOf, CATEGORIES, filterText, targetsOf } from './audit-query.ts';
import { useChainCheck } from './chain-check.tsx';
import { CsvExport } from './csv-export.tsx';

const PAGE_SIZE = 50;
const LONGEST_ID = 64;

const useStyles = makeStyles({
  table: { tableLayout: 'fixed', minWidth: '900px' },
  cell: { paddingBlock: tokens.spacingVerticalXS },
  time: { width: '155px' },
  result: { width: '75px' },
  category: { width: '85px' },
  choice: { minWidth: '150px', width: '150px' },
  second: { color: tokens.colorNeutralForeground3 },
});

export default function AuditPage() {
  const styles = useStyles();
  const t = useText().audit;
  const [from, setFrom] = useQueryValue('from');
  const [to, setTo] = useQueryValue('to');
  const [actor, setActor] = useQueryValue('actor');
  const [category, setCategory] = useQueryValue('category');
  const [sessionId, setSessionId] = useQueryValue('session');
  const rested = { actor: useRested(actor.trim()), sessionId: useRested(sessionId.trim()) };
  const filter = filterText({ from, to, category, ...rested });
  const list = usePaged<AuditEvent>(AUDIT_EVENTS, { filter, orderby: 'activityDateTime desc', top: PAGE_SIZE });
  const chain = useChainCheck();
  const empty = (
    <EmptyState icon={<HistoryRegular />} title={filter === undefined ? t.noneTitle : t.noneFoundTitle}>
      {filter === undefined ? undefined : t.noneFound}
    </EmptyState>
  );
  const actions = (
    <>
      {chain.button}
      <CsvExport filter={filter} />
    </>
  );
  return (
    <Page title={t.title} actions={actions}>
      {chain.outcome}
      <Filters label={t.filters}>
        <Field label={t.from}>
          <Input type="date" value={from} onChange={(_, { value }) => setFrom(value)} />
        </Field>
        <Field label={t.to}>
          <Input type="date" value={to} onChange={(_, { value }) => setTo(value)} />
        </Field>
        <Typed label={t.actor} value={actor} onChange={setActor} />
        <Field label={t.category}>
          <Dropdown
            className={styles.choice}
            value={t.categories[category as keyof typeof t.categories] ?? t.any}
            selectedOptions={[category]}
            onOptionSelect={(_, { optionValue }) => setCategory(optionValue ?? '')}
          >
            <Option value="">{t.any}</Option>
            {CATEGORIES.map((name) => (
              <Option key={name} value={name}>
                {t.categories[name]}
              </Option>
            ))}
          </Dropdown>
        </Field>
        <Typed label={t.session} value={sessionId} onChange={setSessionId} />
      </Filters>
      <ListOf list={list} empty={empty}>
        {(events) => <AuditTable events={events} />}
      </ListOf>
    </Page>
  );
}

/** Keeps what is typed by itself: the address follows. */
function Typed(props: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(props.value);
  const change = (value: string) => {
    setTyped(value);
    props.onChange(value);
  };
  return (
    <Field label={props.label}>
      <Input value={typed} maxLength={LONGEST_ID} onChange={(_, { value }) => change(value)} />
    </Field>
  );
}

function AuditTable({ events }: { readonly events: readonly AuditEvent[] }) {
  const styles = useStyles();
  const t = useText().audit;
  const columns = [
    { heading: t.time, className: styles.time },
    { heading: t.activity },
    { heading: t.result, className: styles.result },
    { heading: t.actor },
    { heading: t.target },
    { heading: t.category, className: styles.category },
    { heading: t.session, className: styles.result },
  ];
  return (
    <ScrollTable label={t.title} columns={columns} className={styles.table}>
      {events.map((event) => (
        <AuditRow key={event.id} event={event} />
      ))}
    </ScrollTable>
  );
}

function AuditRow({ event }: { readonly event: AuditEvent }) {
  const styles = useStyles();
  const t = useText().audit;
  const format = useFormat();
  const { activity, activityDateTime, activityResult, category, actor, sessionId } = event;
  const isFailure = activityResult === 'Failure';
  return (
    <TableRow>
      <TableCell>{format.dateTime(activityDateTime)}</TableCell>
      <TableCell className={styles.cell}>
        <CutText text={activity ?? ''} />
      </TableCell>
      <TableCell>
        <Badge appearance="tint" color={isFailure ? 'danger' : 'success'}>
          {isFailure ? t.failure : t.success}
        </Badge>
      </TableCell>
      <TableCell className={styles.cell}>
        <CutText text={actorOf(event)} />
        {!actor?.ipAddress ? null : (
          <Text block size={200} className={styles.second}>
            {actor.ipAddress}
          </Text>
        )}
      </TableCell>
      <TableCell className={styles.cell}>
        <CutText text={targetsOf(event)} />
      </TableCell>
      <TableCell>{t.categories[category as keyof typeof t.categories] ?? category}</TableCell>
      <TableCell>
        {sessionId === null ? null : <Link to={pathTo('session', { sessionId })}>{sessionId.slice(0, 8)}</Link>}
      </TableCell>
    </TableRow>
  );
}
