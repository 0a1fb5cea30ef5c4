import { setTimeout as sleep } from 'node:timers/promises';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { connectionOptions, DEFAULT_LIMITS, mayPrepare, type ConnectionLimits } from './connection.js';
import { Device } from './entities/device.js';
import { Identity } from './entities/identity.js';
import { ImportedRefreshToken } from './entities/imported-refresh-token.js';
import { SecurityEvent } from './entities/security-event.js';
import { Session } from './entities/session.js';
import { SigningKey } from './entities/signing-key.js';
import { User } from './entities/user.js';
import { boundQueue, isQueueFull } from './pool-queue.js';
import { watchStatements, type BeginStatement } from './watch-statements.js';

/** Pools whose connections keep no statements: a pooler stands behind them. */
const poolsWithoutNames = new WeakSet<pg.Pool>();

const IDLE_TIMEOUT_MS = 10_000;

/**
 * Opens the pool lazily: the first query connects.
 *
 * @param beginStatement who looks on, if anybody does.
 */
export async function openOrm(
  databaseUrl: string,
  limits: ConnectionLimits = DEFAULT_LIMITS,
  beginStatement: BeginStatement | null = null,
): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: databaseUrl,
    entities: [User, Device, Session, SecurityEvent, SigningKey, ImportedRefreshToken, Identity],
    pool: {
      min: 0,
      max: limits.databasePoolConnections,
      // An idle connection leaves the pool before its silence is taken for a server that hangs.
      idleTimeoutMillis: Math.min(IDLE_TIMEOUT_MS, limits.databaseStatementTimeoutSeconds * 1000),
    },
    driverOptions: {
      ...connectionOptions(databaseUrl, limits),
      types: new pg.TypeOverrides(), // the driver's own: moments are Dates, in rows as in entities
      onPoolCreated(pool: pg.Pool) {
        boundQueue(pool, limits.databaseQueueLimit);
        if (beginStatement) watchStatements(pool, beginStatement);
        if (!mayPrepare(limits)) poolsWithoutNames.add(pool);
      },
    },
    forceUtcTimezone: true,
    debug: false,
  });
}

/** A statement that runs all the time: a connection plans it once and keeps the plan under its name. */
export interface HotStatement {
  readonly name: string;
  readonly text: string;
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

const ANSWER_WITHIN_MS = 2_000;

/** Whether the database answers within 2 s, be it that it has too much to do. Never throws. */
export async function databaseAnswers(orm: MikroORM): Promise<boolean> {
  const late = sleep(ANSWER_WITHIN_MS, null, { ref: false });
  const answer = await Promise.race([orm.em.getConnection().checkConnection(), late]);
  return answer !== null && (answer.ok || isQueueFull(answer.reason));
}

/**
 * Runs one statement with PostgreSQL's own `$1` placeholders, inside the transaction of `em` where there is one.
 * For what an entity cannot say, and for what must not cost more than its statement does; MikroORM's `?` placeholders
 * would flatten arrays.
 *
 * A name is used only where connections are ours alone: behind a pooler in transaction mode the next statement may run
 * on another one, which would not know it.
 */
export async function sql<Row>(
  em: EntityManager,
  statement: string | HotStatement,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const { name, text } = typeof statement === 'string' ? { name: undefined, text: statement } : statement;
  const values = [...parameters];
  if (em.isInTransaction()) return (await em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, values))).rows;

  const pool = await em.getConnection().getNativeClient();
  const named = name !== undefined && !poolsWithoutNames.has(pool);
  const result = await pool.query<pg.QueryResultRow>(named ? { name, text, values } : { text, values });
  return result.rows as Row[];
}
