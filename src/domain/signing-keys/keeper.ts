import type { KeyRing } from './ring.js';

/** Shorter by far than a key is published before it signs. */
const RELOAD_INTERVAL_MS = 15_000;

export interface KeyRingKeeper {
  /** The ring as it was last read: what one node rotates, the others follow within seconds. */
  current(this: void): KeyRing;
  stop(): Promise<void>;
}

/** Loads the ring, then reads it again every 15 s; while the database is away, the last one goes on. */
export async function keepKeyRing(
  load: () => Promise<KeyRing>,
  onError: (error: unknown) => void,
): Promise<KeyRingKeeper> {
  let ring = await load();
  let inFlight: Promise<void> = Promise.resolve();

  const reload = async () => {
    try {
      const next = await load();
      if (JSON.stringify(next.jwks) !== JSON.stringify(ring.jwks) || next.current.kid !== ring.current.kid) ring = next;
    } catch (error) {
      onError(error);
    }
  };
  const timer = setInterval(() => {
    inFlight = inFlight.then(reload);
  }, RELOAD_INTERVAL_MS).unref();

  return {
    current: () => ring,
    async stop() {
      clearInterval(timer);
      await inFlight;
    },
  };
}
