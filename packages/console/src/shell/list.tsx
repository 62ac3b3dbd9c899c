/** Lists of the API: page by page, in a table that scrolls by itself where there is too little room. */
import {
  Button,
  makeStyles,
  Spinner,
  Table,
  TableBody,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from '@fluentui/react-components';
import {
  type InfiniteData,
  keepPreviousData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
} from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { systemClock } from '../clock.ts';
import type { Page, Query } from '../graph/client.ts';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { Failure } from './failure.tsx';

/** A list as far as it was read. */
export type Paged<T> = UseInfiniteQueryResult<InfiniteData<Page<T>>>;

/** Reads a list page by page. @param everyMs reads it anew that often */
export function usePaged<T>(path: string, query: Query, everyMs?: number): Paged<T> {
  const graph = useGraph();
  return useInfiniteQuery({
    queryKey: [path, query],
    queryFn: ({ pageParam, signal }): Promise<Page<T>> =>
      pageParam === '' ? graph.list(path, { query, signal }) : graph.next(pageParam, { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextLink,
    // The rows stay until the next ones are there: nothing jumps while somebody types.
    placeholderData: keepPreviousData,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

/** What was read so far. */
export function itemsOf<T>(list: Paged<T>): readonly T[] {
  return list.data?.pages.flatMap(({ items }) => items) ?? [];
}

const useStyles = makeStyles({
  scroll: {
    overflowX: 'auto',
    ':focus-visible': { outline: `${tokens.strokeWidthThick} solid ${tokens.colorStrokeFocus2}` },
  },
  more: { display: 'flex', justifyContent: 'center' },
  filters: { display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: tokens.spacingHorizontalM },
});

/** A list in whatever state it is: being read, failed, empty, or there. */
export function ListOf<T>(props: {
  readonly list: Paged<T>;
  /** What stands there when there is nothing. */
  readonly empty: ReactNode;
  readonly children: (items: readonly T[]) => ReactNode;
}) {
  const { list, empty, children } = props;
  const styles = useStyles();
  const { common } = useText();
  const items = itemsOf(list);
  if (list.isPending) return <Spinner label={common.loading} />;
  if (list.error && items.length === 0) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (items.length === 0) return empty;
  return (
    <>
      {list.error ? <Failure error={list.error} onRetry={() => void list.refetch()} /> : null}
      {children(items)}
      {list.hasNextPage ? (
        <div className={styles.more}>
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? common.loading : common.more}
          </Button>
        </div>
      ) : null}
    </>
  );
}

/** A column's heading, and a class that gives its width or hides it where there is little room. */
export interface Column {
  readonly heading: string;
  readonly className?: string;
}

/** A table that is announced by its name; its rows are its children. */
export function ScrollTable(props: {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={props.label}>
      <Table aria-label={props.label} {...(props.className ? { className: props.className } : {})}>
        <TableHeader>
          <TableRow>
            {props.columns.map(({ heading, className }) => (
              <TableHeaderCell key={heading} {...(className ? { className } : {})}>
                {heading}
              </TableHeaderCell>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody>{props.children}</TableBody>
      </Table>
    </section>
  );
}

/** Search and filters above a list. */
export function Filters({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <search className={useStyles().filters} aria-label={label}>
      {children}
    </search>
  );
}

const TYPING_MS = 300;

/** A value once it has rested, so that typing asks the server once, not at every letter. */
export function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => systemClock.at(systemClock.now() + TYPING_MS, () => setRested(value)), [value]);
  return rested;
}

/** What a person typed, as one phrase of `$search` (OData URL conventions, 5.1.8). */
export function phrase(typed: string): string | undefined {
  const words = typed.trim().replaceAll(/["\\]/g, ' ');
  return words === '' ? undefined : `"${words}"`;
}
