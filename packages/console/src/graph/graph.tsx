/** Gives components the client, and reads through it with a cache. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import type { GraphClient } from './client.ts';
import { GraphError } from './graph-error.ts';

const GraphContext = createContext<GraphClient | undefined>(undefined);

const MOST_REPEATS = 2;

/** What is worth repeating by itself: what may be over in a moment. */
const PASSING: readonly string[] = ['offline', 'unavailable'];

/** A cache of what was read; each test and each sign-in has its own. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          error instanceof GraphError && PASSING.includes(error.kind) && failures < MOST_REPEATS,
        staleTime: 5_000,
      },
      mutations: { retry: false },
    },
  });
}

/** Speaks to the API for everything inside. */
export function GraphProvider(props: {
  readonly client: GraphClient;
  readonly queries: QueryClient;
  readonly children: ReactNode;
}) {
  return (
    <QueryClientProvider client={props.queries}>
      <GraphContext value={props.client}>{props.children}</GraphContext>
    </QueryClientProvider>
  );
}

/** The client of the API. Read with it inside `useQuery`, change inside `useMutation` (@tanstack/react-query). */
export function useGraph(): GraphClient {
  const client = useContext(GraphContext);
  if (!client) throw new Error('There is no GraphProvider around this.');
  return client;
}
