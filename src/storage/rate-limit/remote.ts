import type { Hit, RateLimiters } from './rate-limiters.js';
import { within } from '../within.js';

/** Beyond this the other process counts as away. It has little else to do, so that only a machine at its limits is late. */
const ANSWER_TIMEOUT_MS = 2_000;

/** One end of the channel between a process and the one that forked it: `process`, or a worker. */
export interface Channel {
  send(message: object, sent: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

interface Asked {
  readonly hit: { readonly id: number; readonly policy: string; readonly identity: string; readonly points: number };
}

interface Counted {
  readonly counted: { readonly id: number; readonly hit: Hit };
}

/**
 * Has another process count, so that several of one gateway share their limits. One that is gone or does not answer in
 * time is an error, never a pass; an answer that comes too late is for nobody.
 */
export function createRemoteRateLimiters(channel: Channel): RateLimiters {
  const waiting = new Map<number, (hit: Hit) => void>();
  let lastId = 0;
  channel.on('message', (message) => {
    if (isCounted(message)) waiting.get(message.counted.id)?.(message.counted.hit);
  });

  return {
    async hit(policy, identity, points = 1) {
      const id = ++lastId;
      const message: Asked = { hit: { id, policy, identity, points } };
      const counted = new Promise<Hit>((resolve, reject) => {
        waiting.set(id, resolve);
        channel.send(message, (error) => error && reject(error));
      });
      try {
        return await within(ANSWER_TIMEOUT_MS, counted);
      } finally {
        waiting.delete(id);
      }
    },
  };
}

/** Counts for the process at the other end. */
export function countFor(channel: Channel, limiters: RateLimiters): void {
  channel.on('message', (message) => {
    if (!isAsked(message)) return;
    const { id, policy, identity, points } = message.hit;
    void limiters.hit(policy, identity, points).then((hit) => {
      const answer: Counted = { counted: { id, hit } };
      channel.send(answer, () => undefined); // it may be gone by now
    });
  });
}

function isAsked(message: unknown): message is Asked {
  return typeof message === 'object' && message !== null && 'hit' in message;
}

function isCounted(message: unknown): message is Counted {
  return typeof message === 'object' && message !== null && 'counted' in message;
}
