/** The helper's end of a session for as long as a page shows it. */
import { webCryptoPort } from '@open-remote-help/protocol/events';
import { webSocketPort } from '@open-remote-help/protocol/realtime';
import { binarySocketPort } from '@open-remote-help/protocol/relay';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { systemClock } from '../clock.ts';
import { useGraph } from '../graph/graph.tsx';
import { iceServersOf, VideoLine } from '../share/video-line.ts';
import { useSignedIn } from '../sign-in/sign-in.tsx';
import { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import { knownDevices } from './known-devices.ts';
import { RelayLine } from './relay-line.ts';
import { rfbSource } from './rfb-picture.ts';
import { type SessionRecord, sessionServer } from './session-server.ts';

const nothing = () => () => undefined;

/** Begins with the page, and leaves with it; undefined in the moment before. */
export function useHelperEnd(
  session: SessionRecord,
): { readonly end: HelperEnd; readonly state: HelperState } | undefined {
  const graph = useGraph();
  const { person } = useSignedIn();
  const [end, setEnd] = useState<HelperEnd>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end keeps its record itself; another session is another end.
  useEffect(() => {
    const made = new HelperEnd(session, {
      server: sessionServer(graph, () => graph.now()),
      crypto: webCryptoPort(globalThis.crypto),
      openSocket: webSocketPort(WebSocket),
      timers: systemClock,
      newId: () => crypto.randomUUID(),
      known: knownDevices(localStorage, person),
      userId: person.id,
      line: (host) =>
        session.isUnenrolled
          ? new VideoLine(host, { iceServers: () => iceServersOf(graph, session) })
          : new RelayLine({ ...host, openSocket: binarySocketPort(WebSocket), sourceOf: rfbSource }),
    });
    setEnd(made);
    made.start();
    return () => made.close();
  }, [session.id, graph, person.id]);
  const state = useSyncExternalStore(end?.subscribe ?? nothing, () => end?.state);
  return end && state && { end, state };
}
