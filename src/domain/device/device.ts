import { raw, type EntityManager } from '@mikro-orm/postgresql';
import { compiledRead } from '../../storage/compiled-read.js';
import { databaseNow } from '../../storage/database-clock.js';
import { Device } from '../../storage/entities/device.js';
import { FIRST_PASSWORD_VERSION, type User } from '../../storage/entities/user.js';
import { newIdOf } from '../../storage/ids.js';
import type { ProvenDevice } from './device-cookie.js';

export type { Device };

/** What a sign-in tells of the device it comes from. */
export interface DeviceEvidence {
  /** From the signed device cookie: proves the device, if one of them is this user's. */
  readonly deviceIds: readonly string[];
  /** Whether it is given its cookie with the answer. */
  readonly getsCookie: boolean;
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
          AND (e.id = ANY ($2::uuid[]) OR ($5::boolean AND e.password_version IS NULL
               AND CASE WHEN $3::text IS NULL THEN e.recognition_key = $4 ELSE e.name = $3 END))`,
  orderBy: [{ [raw('(e.id = ANY ($2::uuid[])) IS TRUE')]: 'desc' }, { lastSeenAt: 'desc' }],
  limitRows: 1,
  lock: true,
});

/**
 * Finds the user's device, or remembers a new one. A device that has a cookie is found by that alone, and one that gets a
 * cookie is found by no other: names and looks can be imitated. Among those that have none, an app's or a script's, a device is
 * found by the name given, else by what its requests look like.
 */
export async function recogniseDevice(
  tx: EntityManager,
  user: User,
  evidence: DeviceEvidence,
): Promise<RecognisedDevice> {
  const { deviceIds, getsCookie, givenName, recognitionKey, describedAs, browser, os } = evidence;
  const [known] = await POINTED_TO(tx, [user.id, deviceIds, givenName, recognitionKey, !getsCookie]);
  const cookie = getsCookie ? { passwordVersion: user.passwordVersion } : {};
  if (known) {
    Object.assign(known, { recognitionKey, browser, os, ...cookie, lastSeenAt: databaseNow() });
    return { device: known, isNew: false };
  }
  const name = givenName ?? describedAs;
  const made = { id: newIdOf(user.id), user, name, browser, os, recognitionKey, passwordVersion: null };
  const device = tx.create(Device, { ...made, ...cookie });
  return { device, isNew: true };
}

const MOST_KNOWN_DEVICES = 10;

/** A cookie that tells no version is worth what it was until its device is given another one. */
const KNOWN = compiledRead({
  entity: Device,
  name: 'known-device',
  where: `e.user_id = $1
          AND ((e.id = ANY ($3::uuid[]) AND e.password_version = $2) OR (e.id = ANY ($4::uuid[]) AND e.password_version IS NULL))
          AND e.id IN (
            SELECT d.id FROM devices AS d WHERE d.user_id = $1 AND coalesce(d.password_version, ${FIRST_PASSWORD_VERSION}) = $2
            ORDER BY d.password_version IS NULL, d.id LIMIT ${MOST_KNOWN_DEVICES}
          )`,
  limitRows: 1,
});

/**
 * Which of the devices that a cookie proves has a limit of its own: one of this user's, which was given that cookie under
 * the password of now, and is among the ten that came first, so that whoever signs in on more later drives none of them out.
 */
export async function findKnownDevice(
  em: EntityManager,
  user: User,
  proven: readonly ProvenDevice[],
): Promise<Device | null> {
  const idsOf = (version: number | null) =>
    proven.filter(({ passwordVersion }) => passwordVersion === version).map(({ deviceId }) => deviceId);
  const [device] = await KNOWN(em, [user.id, user.passwordVersion, idsOf(user.passwordVersion), idsOf(null)]);
  return device ?? null;
}

const ALL_KNOWN = compiledRead({
  entity: Device,
  name: 'known-devices-of-user',
  where: 'e.user_id = $1 AND e.password_version = $2',
  orderBy: { id: 'asc' },
  limitRows: MOST_KNOWN_DEVICES,
});

/** The devices that were given their cookie under the password of now; of more than ten those that came first. */
export async function knownDeviceIds(em: EntityManager, user: User): Promise<ReadonlySet<string>> {
  return new Set((await ALL_KNOWN(em, [user.id, user.passwordVersion])).map(({ id }) => id));
}

const LOCKED = compiledRead({
  entity: Device,
  name: 'lock-device-of-user',
  where: 'e.id = $1 AND e.user_id = $2',
  lock: true,
});

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
