import type { SignedIn } from '../../auth/steps/start-session.js';
import { AuthError } from '../../errors.js';
import type { GraphqlContext } from './context.js';
import { userView } from './views.js';
import type { TokenDelivery } from './types/enums.js';
import { AuthPayload } from './types/payloads.js';

/** The answer to a sign-in, its refresh token where the client wants it. */
export function deliver(context: GraphqlContext, signedIn: SignedIn, delivery: TokenDelivery): AuthPayload {
  const { accessToken, refreshToken, user, sessionId, isNewDevice, expiresInSeconds } = signedIn;
  if (delivery === 'COOKIE') context.cookies.set(context.reply, signedIn);
  return Object.assign(new AuthPayload(), {
    __typename: 'AuthPayload' as const,
    accessToken,
    token: accessToken,
    refreshToken: delivery === 'BODY' ? refreshToken : null,
    expiresIn: expiresInSeconds,
    tokenType: 'Bearer',
    user: userView(user),
    isNewDevice,
    sessionId,
  });
}

/** Refused before anything happens: a sign-in whose tokens the page never receives would help nobody. */
export function requireDelivery(context: GraphqlContext, delivery: TokenDelivery): void {
  if (delivery === 'BODY' || context.keepsCookies) return;
  const message = 'Browsers keep no cookies of ours for a page of another site: ask for delivery BODY.';
  throw new AuthError('INVALID_INPUT', { issues: [{ path: ['delivery'], message }] });
}
