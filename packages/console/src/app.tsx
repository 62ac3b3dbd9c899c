/** The console: frame and page, for whoever is signed in. */
import { Spinner } from '@fluentui/react-components';
import type { QueryClient } from '@tanstack/react-query';
import { Suspense, useEffect, useMemo, useRef } from 'react';
import { GraphClient } from './graph/client.ts';
import { createQueryClient, GraphProvider } from './graph/graph.tsx';
import { useText } from './i18n/text.tsx';
import { routeAt } from './route-paths.ts';
import { PAGES } from './routes.tsx';
import { FaultBoundary } from './shell/fault-boundary.tsx';
import { Frame } from './shell/frame.tsx';
import { noteMove } from './shell/moves.ts';
import { NotFound } from './shell/not-found.tsx';
import { NoticesProvider } from './shell/notices.tsx';
import { usePlace } from './shell/router.ts';
import { SignedInProvider } from './sign-in/sign-in.tsx';
import type { SignInSession } from './sign-in/sign-in-session.ts';

/** Everything below the providers of appearance and language. */
export function App({ session }: { readonly session: SignInSession }) {
  const client = useMemo(() => new GraphClient({ baseUrl: `${location.origin}/beta/`, tokens: session }), [session]);
  const queries = useMemo(createQueryClient, []);
  useEffect(() => readAnewAfterExpiry(session, queries), [session, queries]);
  return (
    <SignedInProvider session={session}>
      <GraphProvider client={client} queries={queries}>
        <NoticesProvider>
          <Frame>
            <CurrentPage />
          </Frame>
        </NoticesProvider>
      </GraphProvider>
    </SignedInProvider>
  );
}

/** What failed for want of a sign-in is read again once there is one. */
function readAnewAfterExpiry(session: SignInSession, queries: QueryClient): () => void {
  let { hasExpired } = session;
  return session.subscribe(() => {
    if (hasExpired && !session.hasExpired) void queries.invalidateQueries();
    hasExpired = session.hasExpired;
  });
}

function CurrentPage() {
  const { path } = usePlace();
  const { loading } = useText().common;
  const first = useRef(path);
  // Before the page is drawn, which asks.
  if (first.current !== path) noteMove();
  const route = routeAt(path);
  const Page = route && route.name in PAGES ? PAGES[route.name as keyof typeof PAGES] : undefined;
  return (
    <FaultBoundary place={path}>
      <Suspense fallback={<Spinner label={loading} />}>
        {Page && route ? <Page key={path} parameters={route.parameters} /> : <NotFound />}
      </Suspense>
    </FaultBoundary>
  );
}
