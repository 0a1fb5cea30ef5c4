import { hash, randomUUID, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { errors, jwtVerify, type CryptoKey, type JWTPayload } from 'jose';
import { LruMap } from 'toad-cache';

/**
 * The access token: a JWT by RFC 9068 (`typ: at+jwt`) that other services verify with the published keys alone.
 * Claims: iss, aud, client_id, sub (user), sid (session), roles, iat, exp, jti.
 */
export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
}

export interface VerifiedAccessToken extends AccessTokenClaims {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: KeyObject;
}

/** The keys that this node knows of (signing-keys/ring.ts). */
export interface VerificationKeys {
  readonly current: SigningKey;
  find(kid: string): { readonly algorithm: string; readonly publicKey: CryptoKey } | undefined;
}

export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  readonly clock: () => Date;
  readonly keys: () => VerificationKeys;
}

export interface AccessTokens {
  readonly ttlSeconds: number;
  /** @param lifeSeconds no longer than `ttlSeconds`; less where the session ends before. */
  sign(claims: AccessTokenClaims, lifeSeconds?: number): Promise<string>;
  /** @returns null for anything that is not a valid access token of ours, now. */
  verify(token: string): Promise<VerifiedAccessToken | null>;
}

/** Tokens of our own sign-ins are issued to this client (RFC 9068 §2.2). */
const CLIENT_ID = 'fluxgate';
const TYPE = 'at+jwt';
const MAX_TOKEN_CHARACTERS = 2_048;
const MAX_CLOCK_SKEW_SECONDS = 60;
const MAX_REMEMBERED_TOKENS = 10_000; // some 5 MB

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { issuer, audience, ttlSeconds, clock, keys } = options;
  let signer: Signer | undefined;

  return {
    ttlSeconds,

    async sign({ userId, sessionId, roles }, lifeSeconds = ttlSeconds) {
      const { current } = keys();
      if (signer?.key !== current) signer = createSigner(current);
      const issuedAt = Math.floor(clock().getTime() / 1000);
      return signer.sign({
        iss: issuer,
        aud: audience,
        client_id: CLIENT_ID,
        sub: userId,
        sid: sessionId,
        roles,
        iat: issuedAt,
        exp: issuedAt + lifeSeconds,
        jti: randomUUID(),
      });
    },

    async verify(token) {
      if (token.length > MAX_TOKEN_CHARACTERS || !hasOneSpelling(token)) return null;
      const now = clock();
      try {
        const { payload } = await jwtVerify(token, ({ kid, alg }) => publicKeyFor(keys(), kid, alg), {
          issuer,
          audience,
          typ: TYPE,
          algorithms: ['EdDSA', 'ES256', 'RS256'],
          requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti', 'client_id'],
          currentDate: now,
        });
        return claimsOf(payload, now, ttlSeconds);
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

interface Signer {
  readonly key: SigningKey;
  sign(payload: object): Promise<string>;
}

const signAside = promisify(sign);

/**
 * Makes JWS in their compact form (RFC 7515 §7.1) with Node's own `sign`: by way of Web Cryptography, which goes through
 * another thread, an elliptic-curve signature costs twice as much. An RSA one takes a millisecond: that thread is for it.
 */
function createSigner(key: SigningKey): Signer {
  const { algorithm, kid, privateKey } = key;
  const header = Buffer.from(JSON.stringify({ alg: algorithm, typ: TYPE, kid })).toString('base64url');
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  const how = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const; // RFC 7518 §3.4: R ‖ S

  return {
    key,
    async sign(payload) {
      const signed = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
      const bytes = Buffer.from(signed);
      const signature = algorithm === 'RS256' ? await signAside(digest, bytes, how) : sign(digest, bytes, how);
      return `${signed}.${signature.toString('base64url')}`;
    },
  };
}

/**
 * Checks each signature once: what has verified is remembered by its digest until it expires or the keys change.
 * Whether its session was revoked is not remembered here; that is asked every time (revocations.ts).
 */
export function rememberVerified(
  tokens: AccessTokens,
  { clock, keys }: Pick<AccessTokenOptions, 'clock' | 'keys'>,
): AccessTokens {
  const remembered = new LruMap<VerifiedAccessToken>(MAX_REMEMBERED_TOKENS);
  let ring = keys();

  return {
    ...tokens,
    async verify(token) {
      if (ring !== keys()) {
        ring = keys();
        remembered.clear();
      }
      const digest = hash('sha256', token, 'base64');
      const known = remembered.get(digest);
      if (known && known.expiresAtMs > clock().getTime()) return known;

      const verifiedWith = ring;
      const verified = await tokens.verify(token);
      // What was checked while the keys changed belongs to those before, which may be in other hands: it is checked again.
      if (verified && verifiedWith === keys()) remembered.set(digest, verified);
      else remembered.delete(digest);
      return verified;
    },
  };
}

/** The last bits of base64url may be anything, and decode alike: what is signed has one spelling, its signature too. */
function hasOneSpelling(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

/** The key says which algorithm it is for; a header that names another is refused (RFC 8725 §3.1). */
function publicKeyFor(keys: VerificationKeys, kid: string | undefined, algorithm: string): CryptoKey {
  const key = kid === undefined ? undefined : keys.find(kid);
  if (key?.algorithm !== algorithm) throw new errors.JWKSNoMatchingKey();
  return key.publicKey;
}

/** None that outlives `ttlSeconds` from now: the list of revoked sessions remembers no longer than that. */
function claimsOf(payload: JWTPayload, now: Date, ttlSeconds: number): VerifiedAccessToken | null {
  const { sub, sid, roles, exp, iat } = payload;
  if (typeof sub !== 'string' || typeof sid !== 'string' || exp === undefined || iat === undefined) return null;
  if (!Array.isArray(roles) || !roles.every((role): role is string => typeof role === 'string')) return null;
  const latestSeconds = now.getTime() / 1000 + MAX_CLOCK_SKEW_SECONDS;
  if (iat > latestSeconds || exp > latestSeconds + ttlSeconds) return null;
  return { userId: sub, sessionId: sid, roles, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 };
}
