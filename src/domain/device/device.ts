import { raw, type EntityManager } from '@mikro-orm/postgresql';
import { compiledRead } from '../../storage/compiled-read.js';
import { databaseNow } from '../../storage/database-clock.js';
import { Device } from '../../storage/entities/device.js';
import type { User } from '../../storage/entities/user.js';
import { newIdOf } from '../../storage/ids.js';

export type { Device };

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
  readonly device: Device;
  readonly isNew: boolean;
}

/** Held, so that it is there until the session is: clean-up passes over what somebody holds. */
const POINTED_TO = compiledRead({
  entity: Device,
  name: 'device-by-evidence',
  where: `e.user_id = $1
          AND (e.id = $2::uuid OR CASE WHEN $3::text IS NULL THEN e.recognition_key = $4 ELSE e.name = $3 END)`,
  orderBy: [{ [raw('(e.id = $2::uuid) IS TRUE')]: 'desc' }, { lastSeenAt: 'desc' }],
  limitRows: 1,
  lock: true,
});

/**
 * Finds the user's device, or remembers a new one: by its signed cookie, else by the name given, else by what its
 * requests look like.
 */
export async function recogniseDevice(
  tx: EntityManager,
  user: User,
  evidence: DeviceEvidence,
): Promise<RecognisedDevice> {
  const { deviceId, givenName, recognitionKey, describedAs, browser, os } = evidence;
  const [known] = await POINTED_TO(tx, [user.id, deviceId, givenName, recognitionKey]);
  if (known) {
    Object.assign(known, { recognitionKey, browser, os, lastSeenAt: databaseNow() });
    return { device: known, isNew: false };
  }
  const name = givenName ?? describedAs;
  const device = tx.create(Device, { id: newIdOf(user.id), user, name, browser, os, recognitionKey });
  return { device, isNew: true };
}

const OF_USER = { entity: Device, where: 'e.id = $1 AND e.user_id = $2' } as const;
const READ = compiledRead({ ...OF_USER, name: 'device-of-user' });
const LOCKED = compiledRead({ ...OF_USER, name: 'lock-device-of-user', lock: true });

/** Whether the device that a cookie proves is one of this user's. */
export async function isUsersDevice(em: EntityManager, userId: string, deviceId: string): Promise<boolean> {
  return (await READ(em, [deviceId, userId])).length > 0;
}

/** Held, so that it is still there when the name is written. @returns null when the user has no such device. */
export async function renameDevice(
  tx: EntityManager,
  userId: string,
  deviceId: string,
  name: string,
): Promise<Device | null> {
  const [device] = await LOCKED(tx, [deviceId, userId]);
  if (device) device.name = name;
  return device ?? null;
}
