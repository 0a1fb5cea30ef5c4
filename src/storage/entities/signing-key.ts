import { defineEntity, p } from '@mikro-orm/core';
import type { JWK } from 'jose';
import { moment, momentOfInsert } from './columns.js';

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    /** 8 characters, base64url. */
    kid: p.text().primary(),
    algorithm: p.text().$type<'EdDSA' | 'ES256' | 'RS256'>(),
    /** next: published, not used yet · current: signs · retiring: verifies until its last token has expired. */
    state: p.text().$type<'next' | 'current' | 'retiring'>(),
    publicJwk: p.json<JWK>(),
    /** AES-256-GCM under a key that is derived from the secret: nonce 12 B ‖ ciphertext ‖ tag 16 B. */
    privateKeyEncrypted: p.blob().hidden(),
    /** Which secret encrypted it: the first byte of HKDF(secret, "kid"). */
    secretId: p.smallint(),
    createdAt: momentOfInsert(),
    retiresAt: moment().strictNullable(),
  },
  uniques: [
    { name: 'signing_keys_one_current_one_next', properties: ['state'], where: `state in ('current', 'next')` },
  ],
  checks: [
    { name: 'signing_keys_algorithm_check', expression: `algorithm in ('EdDSA', 'ES256', 'RS256')` },
    { name: 'signing_keys_state_check', expression: `state in ('next', 'current', 'retiring')` },
  ],
});

export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);
