import type { TransactionOptions } from '@mikro-orm/core';
import { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { giveBackBroken } from './broken-clients.js';
import { connectionOptions, DEFAULT_LIMITS, mayPrepare, type ConnectionLimits } from './connection.js';
import { hostUrls } from './database-hosts.js';
import { ENTITIES } from './entities.js';
import { keepPlans } from './keep-plans.js';
import { ParameterDriver } from './parameter-driver.js';
import { boundQueue } from './pool-queue.js';
import { DatabaseClient } from './primary.js';
import { HOT_NAMES, keepNoPlans } from './sql.js';
import { longestTransactionMs, watchForStandstill } from './standstill.js';
import { watchStatements, type BeginStatement } from './watch-statements.js';
import { watchRefusedWrites } from './writable.js';

const IDLE_TIMEOUT_MS = 10_000;

/**
 * What a transaction reads and changes is its own. MikroORM shares entities between the transactions of one request: what
 * one of them had changed before it failed would be written by the next.
 */
class SeparateEntities extends EntityManager {
  override transactional<T>(work: (tx: this) => T | Promise<T>, options?: TransactionOptions): Promise<T> {
    if (this.isInTransaction()) throw new Error('a transaction within a transaction');
    const own = this.fork();
    return super.transactional.call(own, work as (tx: EntityManager) => T | Promise<T>, options) as Promise<T>;
  }
}

/**
 * Opens the pool lazily: the first query connects.
 *
 * @param beginStatement who looks on, if anybody does.
 * @param onStandstill called when the pool cannot serve any more, and never will.
 */
export async function openOrm(
  databaseUrl: string,
  limits: ConnectionLimits = DEFAULT_LIMITS,
  beginStatement: BeginStatement | null = null,
  onStandstill: (() => void) | null = null,
): Promise<MikroORM> {
  const places = limits.databasePoolConnections;
  return MikroORM.init({
    driver: ParameterDriver,
    entityManager: SeparateEntities,
    clientUrl: hostUrls(databaseUrl)[0]!,
    entities: ENTITIES,
    pool: {
      min: 0,
      max: places,
      // An idle connection leaves the pool before its silence is taken for a server that hangs.
      idleTimeoutMillis: Math.min(IDLE_TIMEOUT_MS, limits.databaseStatementTimeoutSeconds * 1000),
    },
    driverOptions: {
      ...connectionOptions(databaseUrl, limits),
      Client: DatabaseClient,
      types: new pg.TypeOverrides(), // the driver's own: moments are Dates, in rows as in entities
      onPoolCreated(pool: pg.Pool) {
        if (mayPrepare(limits)) keepPlans(pool, HOT_NAMES);
        else keepNoPlans(pool);
        giveBackBroken(pool);
        if (onStandstill) watchForStandstill(pool, places, longestTransactionMs(limits), onStandstill);
        boundQueue(pool, limits.databaseQueueLimit);
        watchRefusedWrites(pool);
        if (beginStatement) watchStatements(pool, beginStatement);
      },
    },
    forceUtcTimezone: true,
    propagationOnPrototype: false, // no relation has another side to tell: properties are plain ones, and as fast
    debug: false,
  });
}

/** The pool's connections, and who waits for one. */
export interface PoolState {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}

export async function poolState(orm: MikroORM): Promise<PoolState> {
  const { totalCount, idleCount, waitingCount } = await orm.em.getConnection().getNativeClient();
  return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}
