/** Holds the log against its hash chain, part by part, and says what was found. */
import { Button, MessageBar, MessageBarBody, MessageBarTitle, ProgressBar, Text } from '@fluentui/react-components';
import { ShieldCheckmarkRegular } from '@fluentui/react-icons';
import type { auditVerification, Of } from '@open-remote-help/protocol';
import { useState } from 'react';
import { type GraphClient, quoted } from '../graph/client.ts';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { Failure } from '../shell/failure.tsx';

type Verification = Of<typeof auditVerification>;

/** What was found so far. */
export interface Findings {
  readonly faults: Verification['faults'];
  readonly records: number;
  readonly unchained: number;
  readonly hash: string | null;
}

const FAULTS_SHOWN = 20;

/** Goes through the whole chain. @param onPart told after each part */
export async function verifyChain(
  graph: Pick<GraphClient, 'get'>,
  onPart: (found: Findings) => void,
): Promise<Findings> {
  let faults: Verification['faults'] = [];
  for (let mark: string | null = ''; ; ) {
    const part: Verification = await graph.get(`deviceManagement/verifyAuditEvents(mark=${quoted(mark)})`);
    faults = [...faults, ...part.faults];
    const found = { faults, records: part.records, unchained: part.unchained, hash: part.hash };
    mark = part.next;
    if (mark === null) return found;
    onPart(found);
  }
}

/** The button, and below it what was found. */
export function useChainCheck() {
  const graph = useGraph();
  const t = useText().audit;
  const [state, setState] = useState<
    | { readonly kind: 'idle' }
    | { readonly kind: 'running'; readonly records: number }
    | { readonly kind: 'done'; readonly found: Findings }
    | { readonly kind: 'failed'; readonly error: unknown }
  >({ kind: 'idle' });
  const run = async () => {
    setState({ kind: 'running', records: 0 });
    try {
      const found = await verifyChain(graph, ({ records }) => setState({ kind: 'running', records }));
      setState({ kind: 'done', found });
    } catch (error) {
      setState({ kind: 'failed', error });
    }
  };
  const button = (
    <Button icon={<ShieldCheckmarkRegular />} disabled={state.kind === 'running'} onClick={() => void run()}>
      {t.verify}
    </Button>
  );
  const outcome = (
    <div role="status">
      {state.kind === 'running' ? (
        <>
          <Text>{t.verifying(state.records)}</Text>
          <ProgressBar aria-label={t.verify} />
        </>
      ) : null}
      {state.kind === 'failed' ? <Failure error={state.error} onRetry={() => void run()} /> : null}
      {state.kind === 'done' ? <Outcome found={state.found} /> : null}
    </div>
  );
  return { button, outcome };
}

function Outcome({ found }: { readonly found: Findings }) {
  const t = useText().audit;
  const { faults, records, unchained, hash } = found;
  const isWhole = faults.length === 0;
  return (
    <MessageBar intent={isWhole ? 'success' : 'error'} layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{isWhole ? t.wholeTitle : t.brokenTitle}</MessageBarTitle>
        {isWhole ? t.whole(records) : t.broken(faults.length)}
        {unchained === 0 ? null : <div>{t.unchained(unchained)}</div>}
        {isWhole ? null : (
          <ul>
            {faults.slice(0, FAULTS_SHOWN).map(({ kind, recordId }) => (
              <li key={`${kind} ${recordId}`}>
                {recordId}: {t.faults[kind as keyof typeof t.faults] ?? kind}
              </li>
            ))}
          </ul>
        )}
        {hash === null ? null : <div>{t.hash(hash)}</div>}
      </MessageBarBody>
    </MessageBar>
  );
}
