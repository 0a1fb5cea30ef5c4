import { openOwnConnection } from '../../storage/own-connection.js';
import { statement } from '../../storage/sql.js';
import { within } from '../../storage/within.js';
import { MOVE_ON } from './move-on.js';
import { watchStalls } from './stall-watch.js';

const BEAT_INTERVAL_MS = 1_000;
/** At the start and at the end: nobody is kept waiting by a database that does not commit. */
const PATIENCE_MS = 2_000;

const BEAT = statement('beat', MOVE_ON);

/**
 * One row in the database that the gateways move on once a second, whoever comes first: it stops when commits do, and the
 * gaps that are kept beside it tell every gateway how long that was, also through poolers, restarts and fail-overs.
 */
export interface Pulse {
  /** For how long this process can tell what the database did: null before its first beat. Goes into statements. */
  watched(this: void): string | null;
  /** A planned stop: what comes after counts as no gap. */
  stop(this: void): Promise<void>;
}

export interface PulseOptions {
  /** Beats wait behind nobody: a pool that is used up, which anybody can bring about, is no gap. */
  readonly ways: Parameters<typeof openOwnConnection>[0];
  /** Told once when beats begin to fail, and once when they no longer do. */
  readonly onStill: (error: unknown) => void;
  readonly onGoesOn: () => void;
}

/** Resolves after the first beat, or once that is late. */
export async function startPulse({ ways, onStill, onGoesOn }: PulseOptions): Promise<Pulse> {
  const own = openOwnConnection(ways);
  const stalls = watchStalls();
  let hasBeaten = false;
  let failing = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const watched = () => (hasBeaten ? `${(stalls.awakeMs() / 1000).toFixed(3)} seconds` : null);

  async function beat(stops = false): Promise<void> {
    try {
      await own.run(BEAT, [watched(), stops]);
      hasBeaten = true;
      if (failing) onGoesOn();
      failing = false;
    } catch (error) {
      if (!failing) onStill(error);
      failing = true;
    }
  }

  function schedule(): void {
    if (!stopped) timer = setTimeout(() => void (beating = beat().then(schedule)), BEAT_INTERVAL_MS).unref();
  }

  let beating = beat().then(schedule);
  await within(PATIENCE_MS, beating).catch(() => undefined);
  return {
    watched,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const last = beating.then(() => beat(true));
      await within(PATIENCE_MS, last).catch(() => undefined);
      stalls.stop();
      await own.close();
    },
  };
}
