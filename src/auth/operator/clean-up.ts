import { takeCleanUpLock } from '../../domain/clean-up-lock.js';
import { removeUnusedDevices } from '../../domain/device/unused-devices.js';
import { expiredImportedTokens } from '../../domain/imported-token.js';
import { expiredProofs } from '../../domain/provider/used-proof.js';
import { oldEvents } from '../../domain/security-event.js';
import {
  countEndedSessions,
  removeOldestSessions,
  removeRevokedSessions,
  type EndedLongAgo,
  type RemovedSessions,
} from '../../domain/session/ended-sessions.js';
import { countRetiredKeys, pruneKeys } from '../../domain/signing-keys/store.js';
import type { Deps } from '../deps.js';

const DAY_SECONDS = 86_400;
const BATCH_ROWS = 1_000;

export interface CleanUpRules {
  /** Longer than any access token lives, and than a refresh can be repeated. */
  readonly sessionRetentionDays: number;
  readonly eventRetentionDays: number;
  readonly refreshAbsoluteTtlSeconds: number;
}

/** How many of each. */
export interface CleanedUp {
  readonly sessions: number;
  readonly devices: number;
  readonly importedTokens: number;
  readonly proofs: number;
  readonly events: number;
  readonly keys: number;
}

/** Between two batches: false ends the work there. */
export type Pace = () => Promise<boolean>;

/**
 * Removes what nobody needs any more. In batches, each in a short transaction of its own that waits for nobody, with a
 * pause after each; whoever finds another process at it leaves the rest to that one.
 *
 * @returns null where another process was at it from the beginning.
 */
export async function cleanUp({ em }: Pick<Deps, 'em'>, rules: CleanUpRules, pace: Pace): Promise<CleanedUp | null> {
  const total = { sessions: 0, devices: 0, importedTokens: 0, proofs: 0, events: 0, keys: 0 };
  let batches = 0;
  for (const step of stepsOf(rules)) {
    for (let isLast = false; !isLast; batches += 1) {
      if (batches > 0 && !(await pace())) return total;
      const batch = await em.transactional(async (tx) => ((await takeCleanUpLock(tx)) ? step(tx) : null));
      if (!batch) return batches === 0 ? null : total;
      for (const [kind, count] of Object.entries(batch.removed)) total[kind as keyof CleanedUp] += count;
      isLast = batch.isLast;
    }
  }
  return total;
}

/** What cleanUp would remove now; changes nothing. */
export async function countRemovable({ em }: Pick<Deps, 'em'>, rules: CleanUpRules): Promise<CleanedUp> {
  const { sessions, eventSeconds } = agesOf(rules);
  return {
    ...(await countEndedSessions(em, sessions)),
    importedTokens: await expiredImportedTokens.count(em, sessions.retentionSeconds),
    proofs: await expiredProofs.count(em, 0),
    events: await oldEvents.count(em, eventSeconds),
    keys: await countRetiredKeys(em),
  };
}

function agesOf(rules: CleanUpRules): { readonly sessions: EndedLongAgo; readonly eventSeconds: number } {
  return {
    sessions: {
      retentionSeconds: rules.sessionRetentionDays * DAY_SECONDS,
      absoluteTtlSeconds: rules.refreshAbsoluteTtlSeconds,
    },
    eventSeconds: rules.eventRetentionDays * DAY_SECONDS,
  };
}

interface Batch {
  readonly removed: Partial<CleanedUp>;
  readonly isLast: boolean;
}

/** Each is repeated until it says that this was the last time. */
function stepsOf(rules: CleanUpRules): readonly ((tx: Deps['em']) => Promise<Batch>)[] {
  const { sessions: ended, eventSeconds } = agesOf(rules);
  let walkedTo: string | null = null;

  /** A device goes with the last of its sessions. */
  async function withDevices(tx: Deps['em'], { count, deviceIds }: RemovedSessions): Promise<Batch['removed']> {
    return { sessions: count, devices: await removeUnusedDevices(tx, deviceIds, ended.retentionSeconds) };
  }

  return [
    async (tx) => {
      const revoked = await removeRevokedSessions(tx, ended, BATCH_ROWS);
      return { removed: await withDevices(tx, revoked), isLast: revoked.count < BATCH_ROWS };
    },
    async (tx) => {
      const walked = await removeOldestSessions(tx, ended, walkedTo, BATCH_ROWS);
      walkedTo = walked.walkedTo;
      return { removed: await withDevices(tx, walked), isLast: walkedTo === null };
    },
    async (tx) => {
      const importedTokens = await expiredImportedTokens.remove(tx, ended.retentionSeconds, BATCH_ROWS);
      return { removed: { importedTokens }, isLast: importedTokens < BATCH_ROWS };
    },
    async (tx) => {
      const proofs = await expiredProofs.remove(tx, 0, BATCH_ROWS);
      return { removed: { proofs }, isLast: proofs < BATCH_ROWS };
    },
    async (tx) => {
      const events = await oldEvents.remove(tx, eventSeconds, BATCH_ROWS);
      return { removed: { events }, isLast: events < BATCH_ROWS };
    },
    async (tx) => ({ removed: { keys: (await pruneKeys(tx)).length }, isLast: true }),
  ];
}
