import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import { Device as DeviceEntity } from '../../storage/entities/device.js';
import { User } from '../../storage/entities/user.js';
import { sql, type HotStatement } from '../../storage/orm.js';

/** What a user signs in on, as the user may see it. */
export interface Device {
  readonly id: string;
  /** For people: "Firefox on macOS", or what they called it. */
  readonly name: string;
  readonly browser: string | null;
  readonly os: string | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** What a sign-in tells of the device it comes from. */
export interface DeviceEvidence {
  /** From the signed device cookie: proves the device, if it is one of this user's. */
  readonly deviceId: string | null;
  /** What the client calls it. */
  readonly givenName: string | null;
  /** User-agent family | OS | language | IP prefix. */
  readonly recognitionKey: string;
  /** What people see where no name was given: "Firefox on macOS". */
  readonly describedAs: string;
  readonly browser: string | null;
  readonly os: string | null;
}

export interface RecognisedDevice {
  readonly id: string;
  readonly isNew: boolean;
}

/**
 * Finds the user's device, or remembers a new one: by its signed cookie, else by the name given, else by what its
 * requests look like.
 */
export async function recogniseDevice(
  em: EntityManager,
  userId: string,
  evidence: DeviceEvidence,
): Promise<RecognisedDevice> {
  const known = await seeAgain(em, userId, evidence);
  if (known !== null) return { id: known, isNew: false };

  const device = em.create(DeviceEntity, {
    id: uuidv7(),
    user: em.getReference(User, userId),
    name: evidence.givenName ?? evidence.describedAs,
    browser: evidence.browser,
    os: evidence.os,
    recognitionKey: evidence.recognitionKey,
  });
  await em.persist(device).flush();
  return { id: device.id, isNew: true };
}

/** The user's device that the evidence points to, with what it looks like today. @returns its id, or null. */
async function seeAgain(em: EntityManager, userId: string, evidence: DeviceEvidence): Promise<string | null> {
  const [seen] = await sql<{ id: string }>(
    em,
    `WITH known AS (
       SELECT id FROM devices
       WHERE user_id = $1
         AND (id = $2 OR CASE WHEN $3::text IS NULL THEN recognition_key = $4 ELSE name = $3 END)
       ORDER BY (id = $2) IS TRUE DESC, last_seen_at DESC LIMIT 1
     )
     UPDATE devices AS d SET recognition_key = $4, browser = $5, os = $6, last_seen_at = now()
     FROM known WHERE d.id = known.id RETURNING d.id`,
    [userId, evidence.deviceId, evidence.givenName, evidence.recognitionKey, evidence.browser, evidence.os],
  );
  return seen?.id ?? null;
}

const OF_USER: HotStatement = { name: 'device-of-user', text: 'SELECT id FROM devices WHERE id = $1 AND user_id = $2' };

/** Whether the device that a cookie proves is one of this user's. */
export async function isUsersDevice(em: EntityManager, userId: string, deviceId: string): Promise<boolean> {
  return (await sql(em, OF_USER, [deviceId, userId])).length > 0;
}

/** @returns null when the user has no such device. */
export async function renameDevice(
  em: EntityManager,
  userId: string,
  deviceId: string,
  name: string,
): Promise<Device | null> {
  const [renamed] = await sql<Device>(
    em,
    `UPDATE devices SET name = $3 WHERE id = $1 AND user_id = $2
     RETURNING id, name, browser, os, first_seen_at AS "firstSeenAt", last_seen_at AS "lastSeenAt"`,
    [deviceId, userId, name],
  );
  return renamed ?? null;
}
