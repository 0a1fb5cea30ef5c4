import { setInterval as inTime } from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/**
 * Loaded into a gateway's process before anything else: at SIGUSR2 it takes every connection of the pool, keeps each of them
 * talking, and gives none back. What is looked at every second there is looked at twenty times as often.
 */

const KEEP_TALKING_MS = 200;
const FASTER = 20;

/** @type {Set<pg.Pool>} */
const pools = new Set();
const { connect } = pg.Pool.prototype;
pg.Pool.prototype.connect = /** @type {typeof connect} */ (
  /** @this {pg.Pool} @param {Parameters<typeof connect>} given */
  function (...given) {
    pools.add(this);
    return connect.apply(this, given);
  }
);

Object.assign(globalThis, {
  /** @param {() => void} run @param {number} [everyMs] */
  setInterval: (run, everyMs = 0) => inTime(run, everyMs / FASTER),
});

/** @param {pg.Pool} pool */
async function leak(pool) {
  /** @type {pg.PoolClient | undefined} */
  let client;
  while (client === undefined) client = await pool.connect().catch(() => undefined); // a busy machine is slow to connect
  for (;;) {
    await client.query('select 1');
    await pause(KEEP_TALKING_MS);
  }
}

process.on('SIGUSR2', () => {
  for (const pool of pools) for (let place = 0; place < (pool.options.max ?? 0); place += 1) void leak(pool);
});
