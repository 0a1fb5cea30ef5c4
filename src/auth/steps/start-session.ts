import type { EntityManager } from '@mikro-orm/postgresql';
import { readDevices, signDevice } from '../../domain/device/device-cookie.js';
import { recogniseDevice, type RecognisedDevice } from '../../domain/device/device.js';
import { recognitionKey } from '../../domain/device/recognition.js';
import { describeUserAgent } from '../../domain/device/user-agent.js';
import * as refreshToken from '../../domain/refresh-token.js';
import { recordEvents, type EventType } from '../../domain/security-event.js';
import { newSession } from '../../domain/session/session.js';
import type { User } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';
import { endSessions } from './end-sessions.js';
import { makeRoom } from './make-room.js';

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
  /** Sessions that ended because the account may not have more. */
  readonly evictedSessionIds: readonly string[];
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

type StartDeps = Pick<Deps, 'settings' | 'clock' | 'deviceKeys' | 'refreshKeys'>;

/**
 * The last step that sign-ins share, in their transaction: the device, room for the session, the session, the events. They
 * are written when the transaction ends.
 *
 * @returns null where the account has as many sessions as it may have, and none that may go: nothing is to be written then.
 */
export async function startSessionWithinLimit(
  tx: EntityManager,
  deps: StartDeps,
  meta: RequestMeta,
  signIn: VerifiedSignIn,
): Promise<StartedSession | null> {
  const recognised = await recognise(tx, deps, meta, signIn);
  const place = { user: signIn.user, deviceId: recognised.device.id, leaving: sessionHeld(deps, meta) };
  const evictedSessionIds = await makeRoom(tx, deps, meta, place);
  if (!evictedSessionIds) {
    tx.clear();
    return null;
  }
  return { ...(await begin(tx, deps, meta, signIn, recognised)), evictedSessionIds };
}

/** The same without a limit, of an account that is new, or whose sessions were bounded when they were imported. */
export async function startSession(
  tx: EntityManager,
  deps: StartDeps,
  meta: RequestMeta,
  signIn: VerifiedSignIn,
): Promise<StartedSession> {
  return begin(tx, deps, meta, signIn, await recognise(tx, deps, meta, signIn));
}

function recognise(
  tx: EntityManager,
  deps: StartDeps,
  meta: RequestMeta,
  { user, deviceName, getsCookie }: VerifiedSignIn,
): Promise<RecognisedDevice> {
  const agent = describeUserAgent(meta.userAgent);
  return recogniseDevice(tx, user, {
    deviceIds: readDevices(deps.deviceKeys.verifying, meta.deviceCookie).map(({ deviceId }) => deviceId),
    getsCookie,
    givenName: deviceName,
    recognitionKey: recognitionKey({ family: agent.family, os: agent.os, language: meta.language, ip: meta.ip }),
    describedAs: agent.name,
    browser: agent.browser,
    os: agent.os,
  });
}

async function begin(
  tx: EntityManager,
  deps: StartDeps,
  meta: RequestMeta,
  { user, getsCookie, event, details }: VerifiedSignIn,
  { device, isNew }: RecognisedDevice,
): Promise<StartedSession> {
  const session = newSession(tx, {
    user,
    device,
    userAgentFamily: describeUserAgent(meta.userAgent).family,
    ip: meta.ip,
    idleTtlSeconds: deps.settings.refreshIdleTtlSeconds,
    absoluteTtlSeconds: deps.settings.refreshAbsoluteTtlSeconds,
  });
  const about = { userId: user.id, sessionId: session.id };
  const added = { type: 'device.added', ...about, details: { deviceId: device.id } } as const;
  const begun = { type: event, ...about, details: { ...details, deviceId: device.id } };
  await recordEvents(tx, meta, isNew ? [begun, added] : [begun]);

  // A browser that signs in again leaves its earlier session behind (OWASP Session Management, "Renew the Session ID").
  const held = sessionHeld(deps, meta);
  const replacedSessionIds = held
    ? await endSessions(tx, meta, { userId: user.id, selection: { sessionId: held }, reason: 'LOGOUT' })
    : [];

  const { passwordVersion } = user;
  const deviceCookie = getsCookie
    ? signDevice(deps.deviceKeys, { deviceId: device.id, passwordVersion }, meta.deviceCookie)
    : null;
  return { sessionId: session.id, isNewDevice: isNew, deviceCookie, replacedSessionIds, evictedSessionIds: [] };
}

/** The session of the refresh token that the browser has sent along. */
function sessionHeld({ refreshKeys }: Pick<Deps, 'refreshKeys'>, { refreshCookie }: RequestMeta): string | null {
  return refreshCookie ? (refreshToken.read(refreshKeys, refreshCookie)?.sessionId ?? null) : null;
}

/** Once that has committed: its tokens. */
export async function issueTokens(
  deps: Pick<Deps, 'accessTokens' | 'refreshKeys' | 'revocations'>,
  user: User,
  { sessionId, isNewDevice, deviceCookie, replacedSessionIds, evictedSessionIds }: StartedSession,
): Promise<SignedIn> {
  deps.revocations.add(replacedSessionIds, 'LOGOUT');
  deps.revocations.add(evictedSessionIds, 'SESSION_LIMIT');
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
