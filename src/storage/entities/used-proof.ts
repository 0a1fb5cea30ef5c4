import { defineEntity, p } from '@mikro-orm/core';
import { moment } from './columns.js';

const UsedProofSchema = defineEntity({
  name: 'UsedProof',
  tableName: 'used_proofs',
  properties: {
    /** SHA-256. */
    digest: p.blob().primary(),
    expiresAt: moment().index('used_proofs_expires_at'),
  },
  checks: [{ name: 'used_proofs_digest_check', expression: 'length(digest) = 32' }],
});

/** What proved a sign-in once, and may not again until it would have expired anyway. */
export class UsedProof extends UsedProofSchema.class {}
UsedProofSchema.setClass(UsedProof);
