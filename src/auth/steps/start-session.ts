import type { EntityManager } from '@mikro-orm/postgresql';
import { signDevice, readDevice } from '../../domain/device/device-cookie.js';
import { recogniseDevice } from '../../domain/device/device.js';
import { recognitionKey } from '../../domain/device/recognition.js';
import { describeUserAgent } from '../../domain/device/user-agent.js';
import * as refreshToken from '../../domain/refresh-token.js';
import { recordEvents, type EventType } from '../../domain/security-event.js';
import { revokeSessions } from '../../domain/session/revoke.js';
import { insertSession } from '../../domain/session/session.js';
import { lockUser, type User } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';

/** A sign-in that has been verified and only needs its session. */
export interface VerifiedSignIn {
  readonly user: User;
  /** What the client calls its device, already parsed. */
  readonly deviceName: string | null;
  readonly event: Extract<EventType, 'signup.succeeded' | 'login.succeeded' | 'session.imported'>;
  /** What else the event tells. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface StartedSession {
  readonly sessionId: string;
  readonly deviceId: string;
  readonly isNewDevice: boolean;
  /** Sessions that ended because this sign-in takes their place. */
  readonly replacedSessionIds: readonly string[];
}

export interface SignedIn {
  readonly user: User;
  readonly sessionId: string;
  readonly isNewDevice: boolean;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly deviceCookie: string;
  readonly expiresInSeconds: number;
}

/**
 * The last step that sign-ins share, in their transaction: the device, the session, the events.
 *
 * @returns null when the account was disabled, or its password changed, since the caller verified it.
 */
export async function startSession(
  tx: EntityManager,
  deps: Pick<Deps, 'settings' | 'deviceKeys' | 'refreshKeys'>,
  meta: RequestMeta,
  { user, deviceName, event, details }: VerifiedSignIn,
): Promise<StartedSession | null> {
  // One sign-in of an account after the other: two at once from a new device are one device, and neither waits for what
  // the other holds.
  await lockUser(tx, user.id);
  const agent = describeUserAgent(meta.userAgent);
  const device = await recogniseDevice(tx, user.id, {
    deviceId: meta.deviceCookie ? readDevice(deps.deviceKeys.verifying, meta.deviceCookie) : null,
    givenName: deviceName,
    recognitionKey: recognitionKey({ family: agent.family, os: agent.os, language: meta.language, ip: meta.ip }),
    describedAs: agent.name,
    browser: agent.browser,
    os: agent.os,
  });

  const sessionId = await insertSession(tx, {
    userId: user.id,
    deviceId: device.id,
    passwordVersion: user.passwordVersion,
    userAgentFamily: agent.family,
    ip: meta.ip,
    idleTtlSeconds: deps.settings.refreshIdleTtlSeconds,
    absoluteTtlSeconds: deps.settings.refreshAbsoluteTtlSeconds,
  });
  if (!sessionId) return null;

  // A browser that signs in again leaves its earlier session behind (OWASP Session Management, "Renew the Session ID").
  const held = meta.refreshCookie ? refreshToken.read(deps.refreshKeys, meta.refreshCookie) : null;
  const replacedSessionIds = held ? await revokeSessions(tx, user.id, { sessionId: held.sessionId }, 'LOGOUT') : [];

  await recordEvents(tx, meta, [
    { type: event, userId: user.id, sessionId, details: { ...details, deviceId: device.id } },
    ...(device.isNew
      ? [{ type: 'device.added', userId: user.id, sessionId, details: { deviceId: device.id } } as const]
      : []),
    ...replacedSessionIds.map(
      (id) => ({ type: 'session.revoked', userId: user.id, sessionId: id, details: { reason: 'LOGOUT' } }) as const,
    ),
  ]);
  return { sessionId, deviceId: device.id, isNewDevice: device.isNew, replacedSessionIds };
}

/** Once that has committed: its tokens. */
export async function issueTokens(
  deps: Pick<Deps, 'accessTokens' | 'refreshKeys' | 'deviceKeys' | 'revocations'>,
  user: User,
  { sessionId, deviceId, isNewDevice, replacedSessionIds }: StartedSession,
): Promise<SignedIn> {
  deps.revocations.add(replacedSessionIds);
  return {
    user,
    sessionId,
    isNewDevice,
    accessToken: await deps.accessTokens.sign({ userId: user.id, sessionId, roles: user.roles }),
    refreshToken: refreshToken.mint(deps.refreshKeys, sessionId, 0n),
    deviceCookie: signDevice(deps.deviceKeys.signing, deviceId),
    expiresInSeconds: deps.accessTokens.ttlSeconds,
  };
}
