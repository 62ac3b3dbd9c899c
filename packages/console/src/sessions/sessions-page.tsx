/** Sessions that go on, and those that are past. */
import {
  Button,
  Dropdown,
  Field,
  makeStyles,
  Option,
  SearchBox,
  Spinner,
  Switch,
  Tab,
  TabList,
  Table,
  TableBody,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from '@fluentui/react-components';
import { ScreenPersonRegular } from '@fluentui/react-icons';
import { END_REASONS } from '@open-remote-help/protocol/events';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { type Page as ListPage, literal } from '../graph/client.ts';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { useQueryValue } from '../shell/router.ts';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { LiveRow, PastRow } from './session-columns.tsx';
import { SESSIONS, type SessionRecord } from './session-server.ts';
import { useNow } from './use-now.ts';

const PAGE_SIZE = 25;
const REFRESH_MS = 4_000;

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: tokens.spacingHorizontalL },
  wide: { overflowX: 'auto' },
  table: { minWidth: '1000px' },
  state: { width: '170px' },
  narrow: { width: '110px' },
  date: { width: '180px' },
  actions: { width: '300px' },
});

export interface SessionFilter {
  readonly isLive: boolean;
  readonly endReason: string;
  /** The object id of the helper whose sessions alone are wanted; empty for all. */
  readonly helperId: string;
}

/** OData's `$filter`. */
export function filterText({ isLive, endReason, helperId }: SessionFilter): string {
  return [
    isLive ? "state ne 'ended'" : "state eq 'ended'",
    ...(endReason === '' || isLive ? [] : [`endReason eq ${literal(endReason)}`]),
    ...(helperId === '' ? [] : [`helperId eq ${literal(helperId)}`]),
  ].join(' and ');
}

/** What a person typed, as one phrase of OData's `$search` (OData URL Conventions, 5.1.7). */
export function searchText(typed: string): string | undefined {
  const words = typed.trim().replaceAll(/["\\]/g, ' ');
  return words === '' ? undefined : `"${words}"`;
}

export default function SessionsPage() {
  const styles = useStyles();
  const t = useText().sessions;
  const { person } = useSignedIn();
  const [shown, setShown] = useQueryValue('show');
  const [endReason, setEndReason] = useQueryValue('end');
  const [mine, setMine] = useQueryValue('mine');
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed);
  const isLive = shown !== 'past';
  const filter = filterText({ isLive, endReason, helperId: mine === '' ? '' : person.id });
  return (
    <Page title={t.title}>
      <TabList
        selectedValue={isLive ? 'live' : 'past'}
        onTabSelect={(_, { value }) => setShown(value === 'past' ? 'past' : '')}
      >
        <Tab value="live">{t.live}</Tab>
        <Tab value="past">{t.past}</Tab>
      </TabList>
      <div className={styles.filters}>
        <SearchBox
          value={typed}
          aria-label={t.searchHint}
          placeholder={t.searchHint}
          onChange={(_, { value }) => setTyped(value)}
        />
        {isLive ? null : (
          <Field label={t.filterEnd}>
            <Dropdown
              value={endReason === '' ? t.any : t.ends[endReason as keyof typeof t.ends]}
              selectedOptions={[endReason]}
              onOptionSelect={(_, { optionValue }) => setEndReason(optionValue ?? '')}
            >
              <Option value="">{t.any}</Option>
              {END_REASONS.map((reason) => (
                <Option key={reason} value={reason}>
                  {t.ends[reason]}
                </Option>
              ))}
            </Dropdown>
          </Field>
        )}
        <Switch
          label={t.filterMine}
          checked={mine !== ''}
          onChange={(_, { checked }) => setMine(checked ? 'yes' : '')}
        />
      </div>
      <Sessions key={filter} filter={filter} search={searchText(search)} isLive={isLive} />
    </Page>
  );
}

function Sessions(props: { readonly filter: string; readonly search: string | undefined; readonly isLive: boolean }) {
  const { filter, search, isLive } = props;
  const styles = useStyles();
  const texts = useText();
  const t = texts.sessions;
  const graph = useGraph();
  const list = useInfiniteQuery({
    queryKey: ['sessions', filter, search],
    queryFn: ({ pageParam, signal }): Promise<ListPage<SessionRecord>> =>
      pageParam === ''
        ? graph.list(SESSIONS, {
            query: { filter, search, orderby: 'createdDateTime desc', top: PAGE_SIZE },
            signal,
          })
        : graph.next(pageParam, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextLink,
    refetchInterval: isLive ? REFRESH_MS : false,
  });
  const sessions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  if (list.isPending) return <Spinner label={texts.common.loading} />;
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (sessions.length === 0) {
    const none = isLive ? t.noneLive : t.nonePast;
    return <EmptyState icon={<ScreenPersonRegular />} title={search === undefined ? none : t.noneFound} />;
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard. */}
      <section className={styles.wide} tabIndex={0} aria-label={isLive ? t.live : t.past}>
        <SessionTable sessions={sessions} isLive={isLive} />
      </section>
      {list.hasNextPage ? (
        <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {texts.common.more}
        </Button>
      ) : null}
    </>
  );
}

function SessionTable({ sessions, isLive }: { readonly sessions: readonly SessionRecord[]; readonly isLive: boolean }) {
  const styles = useStyles();
  const texts = useText();
  const t = texts.sessions;
  const graph = useGraph();
  const [now] = useState(() => () => graph.now());
  const instant = useNow(now);
  const { columns } = t;
  return (
    <Table className={styles.table} aria-label={isLive ? t.live : t.past}>
      <TableHeader>
        <TableRow>
          <TableHeaderCell className={styles.state}>{isLive ? columns.state : t.filterEnd}</TableHeaderCell>
          <TableHeaderCell>{columns.device}</TableHeaderCell>
          <TableHeaderCell>{columns.helper}</TableHeaderCell>
          <TableHeaderCell>{columns.type}</TableHeaderCell>
          <TableHeaderCell className={isLive ? styles.narrow : styles.date}>{columns.begun}</TableHeaderCell>
          <TableHeaderCell className={isLive ? styles.narrow : styles.date}>
            {isLive ? columns.left : columns.ended}
          </TableHeaderCell>
          {isLive ? <TableHeaderCell className={styles.actions}>{texts.common.actions}</TableHeaderCell> : null}
        </TableRow>
      </TableHeader>
      <TableBody>
        {sessions.map((session) =>
          isLive ? (
            <LiveRow key={session.id} session={session} now={instant} />
          ) : (
            <PastRow key={session.id} session={session} />
          ),
        )}
      </TableBody>
    </Table>
  );
}
