/** `verifyAuditEvents`: the audit log against its hash chain, part by part. */
import type { auditVerification, Of } from '@open-remote-help/protocol';
import { type AuditMark, CHAIN_BEGIN, verifyAuditPart } from '../access/audit-verify.ts';
import { DomainError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { OperationHandlers } from './operations.ts';

/** `stretch.records.hash`: what the caller brings back decides only about what is shown to that caller. */
const MARK = /^(\d{1,9})\.(\d{1,9})\.([\w-]{43})$/;

export function auditVerificationHandlers(store: Store): OperationHandlers {
  return {
    verifyAuditEvents: async ({ caller, parameters }) => {
      const { faults, mark, end } = await verifyAuditPart(store, caller.tenantId, markIn(String(parameters.mark)));
      const answer: Of<typeof auditVerification> = {
        faults: faults.map(({ kind, id }) => ({ kind, recordId: id })),
        records: mark.records,
        isComplete: end !== undefined,
        next: end ? null : `${mark.stretch}.${mark.records}.${mark.hash}`,
        hash: end?.hash ?? null,
        unchained: end?.unchained ?? 0,
      };
      return { complex: answer };
    },
  };
}

function markIn(text: string): AuditMark {
  if (text === '') return CHAIN_BEGIN;
  const [, stretch, records, hash] = MARK.exec(text) ?? [];
  if (hash === undefined) {
    throw new DomainError('badRequest', "mark must be '' or the next of an earlier answer.", { target: 'mark' });
  }
  return { stretch: Number(stretch), records: Number(records), hash };
}
