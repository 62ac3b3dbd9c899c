/** A sharer's page moved by hand: claims codes with a key of its own, as it should or otherwise. */
import { createHash } from 'node:crypto';
import { CLAIM_PROOF_TYPE, type ClaimRequest, readInvitationCode, SHARE_AUDIENCE } from '@open-remote-help/protocol';
import { DeviceHand } from './device-hand.ts';

export class PageHand extends DeviceHand {
  /** The tenant becomes known with the answer. */
  constructor(tenantId = '') {
    super(tenantId);
  }

  claimProof(code: string, claims: object = {}, header: object = {}): Promise<string> {
    const read = readInvitationCode(code) ?? '';
    const bound = { aud: SHARE_AUDIENCE, code_hash: createHash('sha256').update(read).digest('base64url') };
    return this.sign({ ...bound, ...claims }, { typ: CLAIM_PROOF_TYPE, ...header });
  }

  /** A claim; members may be overridden. */
  async claim(code: string, members: object = {}): Promise<ClaimRequest> {
    return { code, publicKey: this.publicKey, proof: await this.claimProof(code), ...members };
  }
}
