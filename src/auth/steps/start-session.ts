import type { EntityManager } from '@mikro-orm/postgresql';
import { readDevices, signDevice } from '../../domain/device/device-cookie.js';
import { recogniseDevice } from '../../domain/device/device.js';
import { recognitionKey } from '../../domain/device/recognition.js';
import { describeUserAgent } from '../../domain/device/user-agent.js';
import * as refreshToken from '../../domain/refresh-token.js';
import { recordEvents, type EventType } from '../../domain/security-event.js';
import { newSession } from '../../domain/session/session.js';
import type { User } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';
import { endSessions } from './end-sessions.js';

/** A sign-in that has been verified and only needs its session. */
export interface VerifiedSignIn {
  /** Its row is taken, or made, by this transaction: one sign-in of an account after the other. */
  readonly user: User;
  /** What the client calls its device, already parsed. */
  readonly deviceName: string | null;
  /** Whether the answer brings the device's cookie. */
  readonly getsCookie: boolean;
  readonly event: Extract<EventType, 'signup.succeeded' | 'login.succeeded' | 'session.imported'>;
  /** What else the event tells. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface StartedSession {
  readonly sessionId: string;
  readonly isNewDevice: boolean;
  /** null: it is for none that keeps cookies. */
  readonly deviceCookie: string | null;
  /** Sessions that ended because this sign-in takes their place. */
  readonly replacedSessionIds: readonly string[];
}

export interface SignedIn {
  readonly user: User;
  readonly sessionId: string;
  readonly isNewDevice: boolean;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** null: it is for none that keeps cookies. */
  readonly deviceCookie: string | null;
  readonly expiresInSeconds: number;
}

/**
 * The last step that sign-ins share, in their transaction: the device, the session, the events. They are written when the
 * transaction ends.
 */
export async function startSession(
  tx: EntityManager,
  deps: Pick<Deps, 'settings' | 'deviceKeys' | 'refreshKeys'>,
  meta: RequestMeta,
  { user, deviceName, getsCookie, event, details }: VerifiedSignIn,
): Promise<StartedSession> {
  const agent = describeUserAgent(meta.userAgent);
  const { device, isNew } = await recogniseDevice(tx, user, {
    deviceIds: readDevices(deps.deviceKeys.verifying, meta.deviceCookie).map(({ deviceId }) => deviceId),
    getsCookie,
    givenName: deviceName,
    recognitionKey: recognitionKey({ family: agent.family, os: agent.os, language: meta.language, ip: meta.ip }),
    describedAs: agent.name,
    browser: agent.browser,
    os: agent.os,
  });
  const session = newSession(tx, {
    user,
    device,
    userAgentFamily: agent.family,
    ip: meta.ip,
    idleTtlSeconds: deps.settings.refreshIdleTtlSeconds,
    absoluteTtlSeconds: deps.settings.refreshAbsoluteTtlSeconds,
  });
  const about = { userId: user.id, sessionId: session.id };
  const added = { type: 'device.added', ...about, details: { deviceId: device.id } } as const;
  const begun = { type: event, ...about, details: { ...details, deviceId: device.id } };
  await recordEvents(tx, meta, isNew ? [begun, added] : [begun]);

  // A browser that signs in again leaves its earlier session behind (OWASP Session Management, "Renew the Session ID").
  const held = meta.refreshCookie ? refreshToken.read(deps.refreshKeys, meta.refreshCookie) : null;
  const replacedSessionIds = held
    ? await endSessions(tx, meta, { userId: user.id, selection: { sessionId: held.sessionId }, reason: 'LOGOUT' })
    : [];

  const { passwordVersion } = user;
  const deviceCookie = getsCookie
    ? signDevice(deps.deviceKeys, { deviceId: device.id, passwordVersion }, meta.deviceCookie)
    : null;
  return { sessionId: session.id, isNewDevice: isNew, deviceCookie, replacedSessionIds };
}

/** Once that has committed: its tokens. */
export async function issueTokens(
  deps: Pick<Deps, 'accessTokens' | 'refreshKeys' | 'revocations'>,
  user: User,
  { sessionId, isNewDevice, deviceCookie, replacedSessionIds }: StartedSession,
): Promise<SignedIn> {
  deps.revocations.add(replacedSessionIds, 'LOGOUT');
  return {
    user,
    sessionId,
    isNewDevice,
    accessToken: await deps.accessTokens.sign({ userId: user.id, sessionId, roles: user.roles }),
    refreshToken: refreshToken.mint(deps.refreshKeys, sessionId, 0n),
    deviceCookie,
    expiresInSeconds: deps.accessTokens.ttlSeconds,
  };
}
