import {
  describeKeys,
  pruneKeys,
  replaceKeys,
  rewrapKeys,
  rotateKeys,
  type KeyDescription,
  type KeySecrets,
  type RotationOutcome,
  type SigningAlgorithm,
} from '../../domain/signing-keys/store.js';
import type { Deps } from '../deps.js';

export type { KeyDescription, KeySecrets, RotationOutcome };

/** Verifiers keep the key set for 5 minutes, other nodes read it every 15 s: a new key waits for both. */
const PUBLISHED_SECONDS = 360;
/** A verifier's clock may be off by a minute. */
const LEEWAY_SECONDS = 60;

export interface RotationRequest {
  readonly algorithm: SigningAlgorithm;
  readonly accessTtlSeconds: number;
  /** Rotates to a key that was published a moment ago, which verifiers may not know yet. */
  readonly force: boolean;
}

/** The keys, oldest first; nothing of their private halves. */
export function listKeys(deps: Pick<Deps, 'em'>): Promise<KeyDescription[]> {
  return describeKeys(deps.em);
}

/**
 * Signs with the next key from now on, if it has been published for 6 minutes. No request is lost: verifiers know it,
 * and the last one still verifies.
 */
export function rotate(
  deps: Pick<Deps, 'em'>,
  secrets: KeySecrets,
  request: RotationRequest,
): Promise<RotationOutcome> {
  return rotateKeys(deps.em, secrets, request.algorithm, {
    publishedSeconds: request.force ? 0 : PUBLISHED_SECONDS,
    retireAfterSeconds: request.accessTtlSeconds + LEEWAY_SECONDS,
  });
}

/** For keys that are in other hands: those there were verify no more, here within 15 s, elsewhere within 5 minutes. */
export function replace(
  deps: Pick<Deps, 'em'>,
  secrets: KeySecrets,
  algorithm: SigningAlgorithm,
): Promise<'replaced' | 'unreadable' | 'no keys'> {
  return replaceKeys(deps.em, secrets, algorithm);
}

/** Removes keys that no living token was signed with. @returns their ids. */
export function prune(deps: Pick<Deps, 'em'>): Promise<string[]> {
  return pruneKeys(deps.em);
}

/** Encrypts the private keys with the secret in use. */
export function rewrap(
  deps: Pick<Deps, 'em'>,
  secrets: KeySecrets,
): Promise<{ readonly rewrapped: number; readonly unreadable: readonly string[] }> {
  return rewrapKeys(deps.em, secrets);
}
