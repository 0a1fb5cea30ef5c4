import { createHash, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { ProvenIdentity, ProviderAnswer } from '../../auth/deps.js';

/** Asymmetric ones only: a token that is signed with what the client knows proves nothing (RFC 8725 §3.2). */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const MAX_TOKEN_CHARACTERS = 12_288;
const MAX_SUBJECT_CHARACTERS = 255; // OpenID Connect Core §2
const MAX_CLOCK_SKEW_SECONDS = 60;
const MAX_AGE = '1 day';

export interface IdTokenRules {
  /** Spellings of the one issuer. The first is the one that identities are kept under. */
  readonly issuers: readonly [string, ...string[]];
  /** Client ids that a token may be for; it may be for no others beside them. */
  readonly audiences: readonly string[];
  readonly keys: JWTVerifyGetKey;
  readonly clock: () => Date;
}

/**
 * Judges an ID token (OpenID Connect Core §3.1.3.7): signature, issuer, audience, age, nonce.
 *
 * @param nonce null: the token may have none either; one that has was made for somebody who knows it.
 */
export async function judgeIdToken(
  { issuers, audiences, keys, clock }: IdTokenRules,
  token: string,
  nonce: string | null,
): Promise<ProviderAnswer> {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  const oneSpelling = Buffer.from(signature, 'base64url').toString('base64url') === signature;
  if (token.length > MAX_TOKEN_CHARACTERS || !oneSpelling) return { refused: 'invalid_token' };
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: [...issuers],
      audience: [...audiences],
      algorithms: ALGORITHMS,
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
      clockTolerance: MAX_CLOCK_SKEW_SECONDS,
      maxTokenAge: MAX_AGE,
      currentDate: clock(),
    });
    if (!/^(jwt)?$/i.test(protectedHeader.typ ?? '')) return { refused: 'wrong_typ' }; // an access token, say
    const known = [payload.aud ?? []].flat().every((audience) => audiences.includes(audience));
    if (!known) return { refused: 'wrong_aud' };
    const { azp } = payload;
    if (azp !== undefined && !audiences.some((audience) => audience === azp)) return { refused: 'wrong_azp' };
    if (!sameNonce(payload['nonce'], nonce)) return { refused: 'wrong_nonce' };
    return identityOf(payload, token, issuers[0]);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { refused: 'token_expired' };
    if (error instanceof errors.JWTClaimValidationFailed) return { refused: `wrong_${error.claim}` };
    if (error instanceof errors.JOSEError) return { refused: 'invalid_token' };
    throw error;
  }
}

function sameNonce(claimed: unknown, expected: string | null): boolean {
  if (expected === null) return claimed === undefined;
  return typeof claimed === 'string' && timingSafeEqual(sha256(claimed), sha256(expected));
}

function identityOf(payload: JWTPayload, token: string, issuer: string): ProviderAnswer {
  const { sub, exp, nonce, email, email_verified: emailVerified, hd, name } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_CHARACTERS || sub.includes('\0'))
    return { refused: 'wrong_sub' };
  // Without the signature: of some algorithms one text has two that hold.
  const once =
    typeof nonce === 'string' ? `nonce ${issuer} ${nonce}` : `token ${token.slice(0, token.lastIndexOf('.'))}`;
  const identity: ProvenIdentity = {
    issuer,
    subject: sub,
    email: typeof email === 'string' ? email : null,
    emailVerified: emailVerified === true,
    hostedDomain: typeof hd === 'string' && hd !== '' ? hd : null,
    name: typeof name === 'string' ? name : null,
    proof: { digest: sha256(once), expiresAt: new Date((exp ?? 0) * 1000) },
  };
  return { identity };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
