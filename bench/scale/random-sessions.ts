import { randomInt } from 'node:crypto';
import type * as keyDerivationModule from '../../src/domain/key-derivation.js';
import type * as refreshTokenModule from '../../src/domain/refresh-token.js';
import { refreshRequest } from '../contenders/fluxgate-accounts.ts';
import { loadBuilt } from '../built.ts';
import { requireProof, type Conversation } from '../load/conversation.ts';
import { idAt } from './session-ids.ts';

/** Refreshes of sessions that are drawn at random, each with the token that is valid for it now. */
export interface RandomSessions {
  conversations(count: number): readonly Conversation[];
  /** Sessions that were refreshed, over all conversations. */
  refreshed(): number;
}

/** @param secret of the gateway: its tokens are computed from it, so none of the millions has to sign in. */
export async function openRandomSessions(secret: string, sessions: number): Promise<RandomSessions> {
  const { mint } = await loadBuilt<typeof refreshTokenModule>('src/domain/refresh-token.js');
  const { deriveKeys } = await loadBuilt<typeof keyDerivationModule>('src/domain/key-derivation.js');
  const { id, refresh } = deriveKeys(secret);
  const key = { id, secret: refresh };
  const keys = { minting: key, verifying: new Map([[id, key]]) };

  const counters = new Map<number, bigint>();
  /** Asked for and not yet answered; where the measurement ended first, for good: nobody knows its counter. */
  const waiting = new Set<number>();
  let refreshed = 0;

  function draw(): number {
    for (;;) {
      const index = randomInt(sessions);
      if (!waiting.has(index)) return index;
    }
  }

  function conversation(): Conversation {
    let index = 0;
    return {
      next() {
        index = draw();
        waiting.add(index);
        return refreshRequest(mint(keys, idAt('session', index), counters.get(index) ?? 0n));
      },
      answered(status, body) {
        requireProof(status, body, '"ROTATED"');
        waiting.delete(index);
        counters.set(index, (counters.get(index) ?? 0n) + 1n);
        refreshed += 1;
      },
    };
  }
  return {
    conversations: (count) => Array.from({ length: count }, conversation),
    refreshed: () => refreshed,
  };
}
