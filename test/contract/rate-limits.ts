import type { Hit, Policies, RateLimiters } from '../../src/storage/rate-limit/rate-limiters.js';
import { eventually } from '../support/eventually.js';
import { usedHeapBytes } from '../support/heap.js';

export const POLICIES: Policies = {
  five: { points: 5, windowSeconds: 60 },
  other: { points: 5, windowSeconds: 60 },
  brief: { points: 1, windowSeconds: 1 },
  crowd: { points: 5, windowSeconds: 600, aheadPoints: 5 },
};

/** A store, as several processes use it: each hit may come from another one. */
export interface Store {
  /** One for each process. */
  readonly limiters: readonly RateLimiters[];
  /** How many identities it has seen when it is as large as it gets, and how many are to come then. */
  readonly identities: { readonly before: number; readonly more: number };
  close(): Promise<void>;
}

const AT_ONCE = 100;
/** Of a heap that has grown by nothing: tables that are rehashed at another moment. */
const NOISE_BYTES = 4 * 1024 * 1024;

let lastIdentity = 0;
const freshIdentity = () => `somebody-${lastIdentity++}@example.org`;

/** What every store of rate limits promises. */
export function describeRateLimiters(name: string, open: () => Promise<Store>): void {
  describe(`limits that are counted ${name}`, () => {
    let store: Store;
    let lastTurn = 0;
    beforeAll(async () => (store = await open()));
    afterAll(() => store.close());

    /** From one process after the other. */
    function ask(policy: string, identity: string, points?: number): Promise<Hit> {
      const limiters = store.limiters[lastTurn++ % store.limiters.length]!;
      return limiters.hit(policy, identity, points);
    }
    const hit = async (...given: Parameters<typeof ask>) => (await ask(...given)).waitMs;
    const hits = (count: number, policy: string, identityOf: (nth: number) => string) =>
      Promise.all(Array.from({ length: count }, (_, nth) => hit(policy, identityOf(nth))));

    it('let exactly five through of a hundred at once, every time', async () => {
      for (let round = 0; round < 20; round += 1) {
        const identity = freshIdentity();
        const waits = await hits(100, 'five', () => identity);
        expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5);
      }
    });

    it('let hits of several points through as long as there are points for them, at once too', async () => {
      const identity = freshIdentity();
      expect(await hit('five', identity, 3)).toBe(0);
      const waits = await Promise.all([hit('five', identity, 2), hit('five', identity, 2), hit('five', identity, 2)]);
      expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(1);
      expect(await hit('five', identity)).toBeGreaterThan(0);
    });

    it('give the points that were left to a hit that there are too few for', async () => {
      const identity = freshIdentity();
      expect(await hit('five', identity, 4)).toBe(0);
      expect(await hit('five', identity, 2)).toBeGreaterThan(0);
      expect(await hit('five', identity)).toBeGreaterThan(0);
    });

    it('say how long until one may pass again: no longer than the window', async () => {
      const identity = freshIdentity();
      const waits = (await hits(8, 'five', () => identity)).filter((waitMs) => waitMs > 0);
      expect(waits).toHaveLength(3);
      for (const waitMs of waits) {
        expect(waitMs).toBeGreaterThan(30_000);
        expect(waitMs).toBeLessThanOrEqual(60_000);
      }
    });

    it('tell what is left, and until when', async () => {
      const identity = freshIdentity();
      for (const leftPoints of [4, 3, 2, 1, 0, 0, 0]) {
        const told = await ask('five', identity);
        expect(told.leftPoints).toBe(leftPoints);
        expect(told.endsInMs).toBeGreaterThan(30_000);
        expect(told.endsInMs).toBeLessThanOrEqual(60_000);
      }
    });

    it('tell of one hit of a window that it was refused first, of a hundred at once', async () => {
      const identity = freshIdentity();
      const [passes, more] = [await ask('five', identity, 5), freshIdentity()];
      expect(passes.isFirstRefused).toBe(false);
      const told = await Promise.all(
        Array.from({ length: 200 }, (_, nth) => ask('five', nth % 2 ? identity : more, nth % 3 ? 1 : 3)),
      );
      expect(told.filter(({ isFirstRefused }) => isFirstRefused)).toHaveLength(2);
      expect(told.filter(({ isFirstRefused, waitMs }) => isFirstRefused && waitMs === 0)).toEqual([]);
    });

    it('begin anew once the window has ended, and not a hit before', async () => {
      const identity = freshIdentity();
      expect(await hit('brief', identity)).toBe(0);
      const startedAtMs = performance.now();
      const refusedForMs = await hit('brief', identity);
      expect(refusedForMs).toBeGreaterThan(0);
      await eventually(
        () => hit('brief', identity),
        (waitMs) => waitMs === 0,
      );
      expect(performance.now() - startedAtMs).toBeGreaterThan(refusedForMs - 50);
      expect(await hit('brief', identity)).toBeGreaterThan(0);
    });

    it('are apart for each policy and each identity', async () => {
      const identities = [freshIdentity(), freshIdentity(), 'a:b', 'a', '__proto__', '', ' '];
      for (const policy of ['five', 'other'])
        for (const identity of identities) {
          const waits = await hits(6, policy, () => identity);
          expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5);
        }
    });

    it('leave memory flat, however many identities there are', async () => {
      async function come(from: number, to: number): Promise<void> {
        for (let at = from; at < to; at += AT_ONCE) await hits(AT_ONCE, 'crowd', (nth) => `crowd-${at + nth}`);
      }
      const { before, more } = store.identities;
      await come(0, before);
      const bytes = usedHeapBytes();
      await come(before, before + more);
      expect(usedHeapBytes() - bytes).toBeLessThan(NOISE_BYTES);
    });
  });
}
