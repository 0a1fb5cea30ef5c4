import { LruMap } from 'toad-cache';

/**
 * The token by which a service behind a forward-auth proxy can tell that a request came through it: signed with our
 * keys, for an audience of its own, so that it is no access token of ours.
 */
export const UPSTREAM_TOKEN_SECONDS = 60;

const REUSE_SECONDS = UPSTREAM_TOKEN_SECONDS / 2;
const MAX_REMEMBERED_TOKENS = 10_000; // some 5 MB

export interface UpstreamClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
}

export interface UpstreamTokens {
  /** @returns a token that lives for 30 to 60 seconds, and never beyond `untilMs`. */
  tokenFor(claims: UpstreamClaims, untilMs: number): Promise<string>;
}

type Sign = (claims: UpstreamClaims, lifeSeconds: number) => Promise<string>;

/** Signs once for as many requests as come within half a token's life: a signature costs more than all the rest. */
export function createUpstreamTokens(sign: Sign, clock: () => Date): UpstreamTokens {
  const remembered = new LruMap<{ readonly token: Promise<string>; readonly reuseUntilMs: number }>(
    MAX_REMEMBERED_TOKENS,
  );

  return {
    async tokenFor(claims, untilMs) {
      const nowMs = clock().getTime();
      const key = `${claims.sessionId} ${untilMs} ${claims.roles.join(' ')}`;
      const known = remembered.get(key);
      if (known && known.reuseUntilMs > nowMs) return known.token;

      const lifeSeconds = Math.min(UPSTREAM_TOKEN_SECONDS, Math.max(1, Math.floor((untilMs - nowMs) / 1000)));
      const token = sign(claims, lifeSeconds);
      const reuseUntilMs = nowMs + (lifeSeconds - REUSE_SECONDS) * 1000;
      if (reuseUntilMs > nowMs) remembered.set(key, { token, reuseUntilMs });
      return token;
    },
  };
}
