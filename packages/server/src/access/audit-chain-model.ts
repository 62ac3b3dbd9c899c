/** The sets in which the audit chain lies. No path serves them. */
import { dateTimeOffset, entitySet, entityType, INTERNAL, int64, string } from '@open-remote-help/protocol';

const internal = { path: '', permissions: INTERNAL } as const;
const NAMESPACE = { namespace: 'openRemoteHelp' } as const;

export const auditSeal = entityType(
  'auditSeal',
  {
    links: string({ doc: 'One line for each record: id and chained hash; see `audit-chain.ts`.', isSearchable: false }),
    sealedDateTime: dateTimeOffset(),
  },
  { ...NAMESPACE, doc: 'A stretch of the audit chain. Its `id` is its number, with leading zeros, from 1.' },
);

export const auditHead = entityType(
  'auditHead',
  {
    seals: int64({ doc: 'How many there are.' }),
    records: int64({ doc: 'How many records they hold.' }),
    hash: string({ doc: 'The last chained hash.', isSearchable: false }),
    sealedDateTime: dateTimeOffset(),
  },
  { ...NAMESPACE, doc: "The end of a tenant's audit chain. Its `id` is the tenant's." },
);

export const auditSeals = entitySet('auditSeals', auditSeal, internal);
export const auditHeads = entitySet('auditHeads', auditHead, internal);
export const auditChainSets = [auditSeals, auditHeads] as const;
