import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { connectionOptions, DEFAULT_LIMITS, type ConnectionLimits } from './connection.js';
import { Device } from './entities/device.js';
import { ImportedRefreshToken } from './entities/imported-refresh-token.js';
import { SecurityEvent } from './entities/security-event.js';
import { Session } from './entities/session.js';
import { SigningKey } from './entities/signing-key.js';
import { User } from './entities/user.js';

/** Opens the pool lazily: the first query connects. */
export async function openOrm(databaseUrl: string, limits: ConnectionLimits = DEFAULT_LIMITS): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: databaseUrl,
    entities: [User, Device, Session, SecurityEvent, SigningKey, ImportedRefreshToken],
    pool: { min: 0, max: limits.databasePoolConnections },
    driverOptions: connectionOptions(databaseUrl, limits),
    forceUtcTimezone: true,
    debug: false,
  });
}

/**
 * Runs one statement with PostgreSQL's own `$1` placeholders, inside the transaction of `em` where there is one.
 * For what an entity cannot say; MikroORM's `?` placeholders would flatten arrays.
 *
 * The statement has no name, here as everywhere: behind PgBouncer in transaction mode the next statement may run on
 * another connection, which would not know one that was prepared under a name.
 */
export async function sql<Row>(em: EntityManager, text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const result = await em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, [...parameters]));
  return result.rows;
}
