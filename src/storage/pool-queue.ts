import type pg from 'pg';

const QUEUE_IS_FULL = 'too many requests wait for a database connection';

/** A queue that grows without end would hold every request for longer than its client waits. */
export function boundQueue(pool: pg.Pool, limit: number): void {
  const connect = pool.connect.bind(pool) as (callback?: (error: Error) => void) => unknown;
  const boundConnect: typeof connect = (callback) => {
    if (pool.waitingCount < limit) return connect(callback);
    const error = new Error(QUEUE_IS_FULL);
    return callback ? callback(error) : Promise.reject(error);
  };
  pool.connect = boundConnect as pg.Pool['connect'];
}

/** Whether a connection was refused because too many wait for one, and not because there is none. */
export function isQueueFull(message: string): boolean {
  return message === QUEUE_IS_FULL;
}
