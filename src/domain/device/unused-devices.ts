import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, statement } from '../../storage/sql.js';

const DELETE = statement(
  'delete-unused-devices',
  `WITH unused AS (
       SELECT d.id FROM devices AS d
       WHERE d.id = ANY ($1::uuid[]) AND d.last_seen_at < now() - $2::interval
         AND NOT EXISTS (SELECT FROM sessions AS s WHERE s.device_id = d.id)
       FOR UPDATE OF d SKIP LOCKED
     )
     DELETE FROM devices AS d USING unused WHERE d.id = unused.id RETURNING 1`,
);

/**
 * Deletes those of some devices that no session runs on any more. A sign-in that has just recognised one holds it until
 * its session is there: that one is left alone.
 *
 * @param unseenSeconds as long as no sign-in has come from it, by the database's clock.
 * @returns how many.
 */
export async function removeUnusedDevices(
  em: EntityManager,
  deviceIds: readonly string[],
  unseenSeconds: number,
): Promise<number> {
  if (deviceIds.length === 0) return 0;
  const rows = await sql(em, DELETE, [deviceIds, `${unseenSeconds} seconds`]);
  return rows.length;
}
