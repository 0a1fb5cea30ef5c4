import { randomBytes } from 'node:crypto';
import { hashSync } from '@node-rs/argon2';

/** Fluxgate's costs: argon2id, 19,456 KiB, 2 passes, 1 lane. */
const ARGON2ID = 2;
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** @param {string} password */
export default function hash(password) {
  return hashSync(password, { ...OPTIONS, salt: randomBytes(16) });
}
