import { v7 as uuidv7 } from 'uuid';
import type { Gateway } from './gateway.js';
import { signUp } from './sign-in.js';

const DAY_MS = 86_400_000;

export interface AgedSessions {
  readonly userId: string;
  readonly deviceId: string;
  readonly ids: readonly string[];
}

/**
 * Sessions of a new account, all on one device that nobody has seen since they began.
 *
 * @param ended SQL: idle deadline, absolute deadline, moment and reason of the revocation.
 */
export async function agedSessions(
  gateway: Gateway,
  count: number,
  beganDaysAgo: number,
  ended: string,
): Promise<AgedSessions> {
  const { user } = await signUp(gateway);
  const msecs = Date.now() - beganDaysAgo * DAY_MS;
  const [deviceId = '', ...ids] = Array.from({ length: count + 1 }, () => uuidv7({ msecs }));
  await gateway.sql(
    `with device as (
       insert into devices (id, user_id, name, recognition_key, last_seen_at)
       values ($1, $2, 'Old device', 'old', now() - $3 * interval '1 day') returning id
     )
     insert into sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at,
                           revoked_at, revoke_reason)
     select given.id, $2, device.id, 'Firefox', ${ended} from unnest($4::uuid[]) as given (id), device`,
    [deviceId, user.id, beganDaysAgo, ids],
  );
  return { userId: user.id, deviceId, ids };
}

/** How many of these are there still. */
export async function remaining(gateway: Gateway, table: string, ids: readonly string[]): Promise<number> {
  return (await gateway.sql(`select from ${table} where id = any ($1::uuid[])`, [ids])).length;
}
