import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CleanedUp } from '../auth/operator/clean-up.js';
import type { PasswordHasher } from '../domain/password/hasher.js';
import type { RateLimiters } from '../domain/rate-limit/policies.js';
import type { Revocations } from '../domain/revocations/revocations.js';
import type { PoolState } from '../storage/orm.js';
import { LATENCY_BUCKETS_SECONDS } from './buckets.js';

export function watchPasswords(registers: Registry[], passwords: PasswordHasher): PasswordHasher {
  const durations = new Histogram({
    registers,
    name: 'fluxgate_password_hash_duration_seconds',
    help: 'How long a password took to be hashed or verified, the wait for a thread included.',
    labelNames: ['task'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  new Gauge({
    registers,
    name: 'fluxgate_password_hash_waiting',
    help: 'Passwords that wait for a thread.',
    collect() {
      this.set(passwords.waiting());
    },
  });
  const refused = new Counter({
    registers,
    name: 'fluxgate_password_hash_refused_total',
    help: 'Passwords that no thread would come to in time, by reason: the queue was full or too slow, or they came too late.',
    labelNames: ['reason'],
    collect() {
      refused.reset();
      for (const [reason, count] of Object.entries(passwords.refusals())) refused.inc({ reason }, count);
    },
  });
  async function timed<T>(task: string, run: () => Promise<T>): Promise<T> {
    const end = durations.startTimer({ task });
    try {
      return await run();
    } finally {
      end();
    }
  }
  return {
    ...passwords,
    hash: (...given) => timed('hash', () => passwords.hash(...given)),
    verify: (...given) => timed('verify', () => passwords.verify(...given)),
  };
}

export function watchLimits(registers: Registry[], limiters: RateLimiters): RateLimiters {
  const limited = new Counter({
    registers,
    name: 'fluxgate_limited_total',
    help: 'What a rate limit refused, by policy.',
    labelNames: ['policy'],
  });
  return {
    ...limiters,
    async hit(policy, ...given) {
      const hit = await limiters.hit(policy, ...given);
      if (hit.waitMs > 0) limited.inc({ policy });
      return hit;
    },
  };
}

export function watchRevocations(registers: Registry[], revocations: Revocations): Revocations {
  const revoked = new Counter({
    registers,
    name: 'fluxgate_sessions_revoked_total',
    help: 'Sessions that were ended here.',
  });
  new Gauge({
    registers,
    name: 'fluxgate_revocation_feed_age_seconds',
    help: 'Since when the list of revoked sessions has not been read from the database.',
    aggregator: 'max',
    collect() {
      this.set(revocations.ageMs() / 1000);
    },
  });
  return {
    ...revocations,
    add(sessionIds, reason) {
      revoked.inc(sessionIds.length);
      revocations.add(sessionIds, reason);
    },
  };
}

export function watchCleanUp(registers: Registry[]): (removed: CleanedUp) => void {
  const rows = new Counter({
    registers,
    name: 'fluxgate_cleanup_removed_total',
    help: 'Rows that ended long ago and were removed here, by kind.',
    labelNames: ['kind'],
  });
  let doneAtMs = performance.now();
  new Gauge({
    registers,
    name: 'fluxgate_cleanup_age_seconds',
    help: 'Since when this gateway has not cleaned up, or, before the first time, since it started.',
    aggregator: 'min',
    collect() {
      this.set((performance.now() - doneAtMs) / 1000);
    },
  });
  return (removed) => {
    doneAtMs = performance.now();
    for (const [kind, count] of Object.entries(removed) as [string, number][]) rows.inc({ kind }, count);
  };
}

export function watchPool(registers: Registry[], state: () => Promise<PoolState>): void {
  const connections = new Gauge({
    registers,
    name: 'fluxgate_database_connections',
    help: 'Connections of the pool, by state.',
    labelNames: ['state'],
    async collect() {
      const { inUse, idle } = await state();
      connections.set({ state: 'in_use' }, inUse);
      connections.set({ state: 'idle' }, idle);
    },
  });
  new Gauge({
    registers,
    name: 'fluxgate_database_waiting',
    help: 'Requests that wait for a connection of the pool.',
    async collect() {
      this.set((await state()).waiting);
    },
  });
}

export function watchClock(registers: Registry[], aheadSeconds: () => number): void {
  new Gauge({
    registers,
    name: 'fluxgate_clock_offset_seconds',
    help: "How far this machine's clock is ahead of the database's; below 0, behind it.",
    aggregator: 'average',
    collect() {
      this.set(aheadSeconds());
    },
  });
}
