import { AuthError } from '../../errors.js';

/** Places for known devices, beside those of all others and as a share of them: strangers can fill only their own. */
const KNOWN_SHARE = 1 / 4;
/** Of those places, what one account and one address may hold; further ones wait among all others. */
const KNOWN_PER_ACCOUNT = 2;
const KNOWN_PER_ADDRESS = 4;
/** How much the hash that ended last counts in the mean. */
const MEAN_WEIGHT = 1 / 8;

/** Who presents a password on a device that is known to be the account's. */
export interface KnownCaller {
  readonly account: string;
  /** As the limits count it. */
  readonly address: string;
}

/** `full`: no place was left. `slow`: it would have waited for too long. `late`: it has, though it had not looked so. */
export type HashRefusals = Readonly<Record<'full' | 'slow' | 'late', number>>;

export interface HashQueueOptions {
  readonly threads: number;
  /** Places, not counting those of known devices. */
  readonly limit: number;
  /** How long anybody waits for a thread, at most. */
  readonly waitLimitMs: number;
  /** A clock that only goes forward; the process's unless given. */
  readonly nowMs?: () => number;
}

/**
 * Hands hashes to the threads, one each, and lets the others wait in one of two lines, which are served in turn: known
 * devices, and everybody else. So whoever fills one of them leaves half of the threads' time to the other.
 *
 * Waiting has an end: what the threads would not come to in time, as long as hashes have taken of late, is refused at once,
 * and what they have not come to when its time is over, then. Both are AuthError UNAVAILABLE, with the time to come back.
 */
export interface HashQueue {
  run<T>(caller: KnownCaller | null, hash: () => Promise<T>): Promise<T>;
  /** Hashes that run or wait now. */
  pending(): number;
  waiting(): number;
  /** What has been refused so far, by reason. */
  refusals(): HashRefusals;
}

interface Place {
  readonly caller: KnownCaller | null;
  readonly takeThread: () => void;
}

export function createHashQueue({ nowMs = () => performance.now(), ...limits }: HashQueueOptions): HashQueue {
  const lines = createLines(limits);
  let running = 0;
  let ended = 0;
  let meanMs = 0;

  /** A thread's first hash also starts it: it tells nothing of the next. */
  function measure(tookMs: number): void {
    ended += 1;
    if (ended > limits.threads) meanMs = meanMs === 0 ? tookMs : meanMs + (tookMs - meanMs) * MEAN_WEIGHT;
  }

  return {
    async run(caller, hash) {
      if (running < limits.threads) running += 1;
      else await lines.wait(caller, meanMs / limits.threads);
      try {
        const beganMs = nowMs();
        const result = await hash();
        measure(nowMs() - beganMs);
        return result;
      } finally {
        if (!lines.passThreadOn()) running -= 1;
      }
    },
    pending: () => running + lines.waiting(),
    waiting: () => lines.waiting(),
    refusals: () => lines.refusals(),
  };
}

interface Lines {
  /** @param turnMs after how long a thread becomes free. @returns once one is the caller's. @throws AuthError UNAVAILABLE */
  wait(caller: KnownCaller | null, turnMs: number): Promise<void>;
  /** To the next one, of both lines in turn. @returns false where nobody waits. */
  passThreadOn(): boolean;
  waiting(): number;
  refusals(): HashRefusals;
}

function createLines({ limit, waitLimitMs }: HashQueueOptions): Lines {
  const known: Place[] = [];
  const others: Place[] = [];
  const refusals = { full: 0, slow: 0, late: 0 };
  let servedKnown = false;

  function refuse(why: keyof HashRefusals, aheadMs: number): AuthError {
    refusals[why] += 1;
    return new AuthError('UNAVAILABLE', { retryAfterSeconds: Math.max(1, Math.ceil(aheadMs / 1000)) });
  }

  function mayUseKnown(caller: KnownCaller): boolean {
    const held = (same: keyof KnownCaller) => known.filter((place) => place.caller?.[same] === caller[same]).length;
    const free = known.length < Math.ceil(limit * KNOWN_SHARE);
    return free && held('account') < KNOWN_PER_ACCOUNT && held('address') < KNOWN_PER_ADDRESS;
  }

  return {
    async wait(caller, turnMs) {
      const line = caller && mayUseKnown(caller) ? known : others;
      const other = line === known ? others : known;
      const aheadMs = (line.length + Math.min(line.length + 1, other.length) + 1) * turnMs;
      if (line === others && line.length >= limit) throw refuse('full', aheadMs);
      if (aheadMs > waitLimitMs) throw refuse('slow', aheadMs - waitLimitMs);

      await new Promise<void>((resolve, reject) => {
        const place: Place = { caller, takeThread: () => (clearTimeout(deadline), resolve()) };
        const deadline = setTimeout(() => {
          line.splice(line.indexOf(place), 1);
          reject(refuse('late', turnMs));
        }, waitLimitMs);
        line.push(place);
      });
    },
    passThreadOn() {
      const [first, second] = servedKnown ? [others, known] : [known, others];
      const line = first.length > 0 ? first : second;
      const next = line.shift();
      if (!next) return false;
      servedKnown = line === known;
      next.takeThread();
      return true;
    },
    waiting: () => known.length + others.length,
    refusals: () => ({ ...refusals }),
  };
}
