/** The sets in which the audit chain lies. No path serves them. */
import { dateTimeOffset, entitySet, entityType, INTERNAL, int64, string } from '@open-remote-help/protocol';

const internal = { path: '', permissions: INTERNAL } as const;
const NAMESPACE = { namespace: 'openRemoteHelp' } as const;

export const auditStretch = entityType(
  'auditStretch',
  {
    links: string({ doc: 'One line for each record: id and chained hash; see `audit-chain.ts`.', isSearchable: false }),
    chainedDateTime: dateTimeOffset(),
  },
  { ...NAMESPACE, doc: 'A stretch of the audit chain. Its `id` is its number, with leading zeros, from 1.' },
);

export const auditHead = entityType(
  'auditHead',
  {
    stretches: int64({ doc: 'How many there are.' }),
    records: int64({ doc: 'How many records they hold.' }),
    hash: string({ doc: 'The last chained hash.', isSearchable: false }),
    chainedDateTime: dateTimeOffset(),
  },
  { ...NAMESPACE, doc: "The end of a tenant's audit chain. Its `id` is the tenant's." },
);

export const auditStretches = entitySet('auditStretches', auditStretch, internal);
export const auditHeads = entitySet('auditHeads', auditHead, internal);
export const auditChainSets = [auditStretches, auditHeads] as const;
