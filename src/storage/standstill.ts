import type pg from 'pg';
import { longestStatementMs, type ConnectionLimits } from './connection.js';

/** A pool at one moment. */
export interface PoolSight {
  readonly places: number;
  /** Clients that somebody has. One that is still connecting is nobody's: the database may be away. */
  readonly checkedOut: number;
  /** Clients that have been given back since the pool was opened. */
  readonly givenBack: number;
}

/** How often in a row a pool has been seen with every place taken and nothing given back since the look before. */
export interface Standstill {
  readonly looks: number;
  readonly givenBack: number;
}

/** Looks are counted, and no time is measured: a process that was stopped for an hour has not looked on meanwhile. Pure. */
export function seeStandstill(before: Standstill, { places, checkedOut, givenBack }: PoolSight): Standstill {
  const stands = checkedOut >= places && givenBack === before.givenBack;
  return { looks: stands ? before.looks + 1 : 0, givenBack };
}

/** None that a gateway runs has more: a sign-in with a provider that hands an account over comes near. */
const STATEMENTS_PER_TRANSACTION = 25;

/**
 * How long a transaction can hold its client. Nothing is waited for between its statements, and each of them ends in time:
 * by itself, by the server, or because its silent connection is cut, be the database slow, hung or gone.
 */
export function longestTransactionMs(limits: ConnectionLimits): number {
  return STATEMENTS_PER_TRANSACTION * longestStatementMs(limits);
}

const LOOK_EVERY_MS = 1_000;

/**
 * Watches a pool until it is ended.
 *
 * @param patienceMs how long a client may be gone
 * @param onStandstill called once, when requests wait, all clients are gone and none has come back for longer than that:
 *   then none will, and whoever waits waits in vain.
 */
export function watchForStandstill(pool: pg.Pool, places: number, patienceMs: number, onStandstill: () => void): void {
  const patientLooks = 1 + patienceMs / LOOK_EVERY_MS; // the first one may come right after a client has gone
  let [checkedOut, givenBack] = [0, 0];
  pool.on('acquire', () => (checkedOut += 1));
  pool.on('release', () => {
    checkedOut -= 1;
    givenBack += 1;
  });

  let standstill: Standstill = { looks: 0, givenBack };
  const looking = setInterval(() => {
    standstill = seeStandstill(standstill, { places, checkedOut, givenBack });
    const isOver = standstill.looks > patientLooks && pool.waitingCount > 0;
    if (isOver || pool.ending) clearInterval(looking);
    if (isOver) onStandstill();
  }, LOOK_EVERY_MS).unref();
}
