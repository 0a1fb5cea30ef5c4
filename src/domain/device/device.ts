import { raw, type EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import { Device } from '../../storage/entities/device.js';
import { User } from '../../storage/entities/user.js';

const NOW = raw('now()');

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
  const known = await findDevice(em, userId, evidence);
  if (!known) {
    const device = em.create(Device, {
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
  await em.nativeUpdate(
    Device,
    { id: known.id },
    { recognitionKey: evidence.recognitionKey, browser: evidence.browser, os: evidence.os, lastSeenAt: NOW },
  );
  return { id: known.id, isNew: false };
}

async function findDevice(em: EntityManager, userId: string, evidence: DeviceEvidence): Promise<Device | null> {
  if (evidence.deviceId) {
    const byCookie = await em.findOne(Device, { id: evidence.deviceId, user: userId });
    if (byCookie) return byCookie;
  }
  return em.findOne(
    Device,
    evidence.givenName
      ? { user: userId, name: evidence.givenName }
      : { user: userId, recognitionKey: evidence.recognitionKey },
    { orderBy: { lastSeenAt: 'desc' } },
  );
}

/** Whether the device that a cookie proves is one of this user's. */
export async function isUsersDevice(em: EntityManager, userId: string, deviceId: string): Promise<boolean> {
  return (await em.count(Device, { id: deviceId, user: userId })) > 0;
}

/** @returns null when the user has no such device. */
export async function renameDevice(
  em: EntityManager,
  userId: string,
  deviceId: string,
  name: string,
): Promise<Device | null> {
  const renamed = await em.nativeUpdate(Device, { id: deviceId, user: userId }, { name });
  return renamed === 0 ? null : em.findOneOrFail(Device, { id: deviceId });
}
