import type { SessionOnDevice, User } from '../../../auth/queries.js';
import type { Refreshed } from '../../../auth/refresh.js';
import type { SignedIn } from '../../../auth/steps/start-session.js';

/** The shapes that clients of the REST API rely on. `token` is the access token's first name. */
export function userAnswer(user: User) {
  return { id: user.id, email: user.email, name: user.name, userType: user.userType, createdAt: user.createdAt };
}

export function signInAnswer({ accessToken, refreshToken, expiresInSeconds, user }: SignedIn) {
  return { token: accessToken, ...tokens(accessToken, refreshToken, expiresInSeconds), user: userAnswer(user) };
}

export function refreshAnswer({ accessToken, refreshToken, expiresInSeconds, outcome }: Refreshed) {
  const data = { token: accessToken, ...tokens(accessToken, refreshToken, expiresInSeconds) };
  return { success: true, data: { ...data, activityExtended: outcome === 'ROTATED' } };
}

/** `expiresAt` is the idle deadline. */
export function sessionAnswer(session: SessionOnDevice, currentSessionId: string) {
  return {
    id: session.id,
    deviceName: session.device.name,
    ipAddress: session.lastIp,
    createdAt: session.createdAt,
    lastUsedAt: session.lastUsedAt,
    expiresAt: session.idleExpiresAt,
    isCurrent: session.id === currentSessionId,
  };
}

function tokens(accessToken: string, refreshToken: string, expiresIn: number) {
  return { accessToken, refreshToken, expiresIn, tokenType: 'Bearer' };
}
