import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

/**
 * The refresh token: `fgr_` + base64url(version 1 B ‖ key id 1 B ‖ session id 16 B ‖ counter 8 B ‖ HMAC-SHA-256 32 B).
 *
 * It is computed from the session and its counter, so nothing of it is stored, a stolen database holds nothing to
 * present, and a client that lost an answer can be given the same successor again.
 */
const PREFIX = 'fgr_';
const VERSION = 1;
const BODY_BYTES = 26;
const TAG_BYTES = 32;
const TOKEN_CHARACTERS = PREFIX.length + Math.ceil(((BODY_BYTES + TAG_BYTES) * 4) / 3);

/** PostgreSQL's bigint is signed; a counter beyond it was never issued. */
const MAX_COUNTER = 2n ** 63n - 2n;

export interface RefreshKey {
  /** 0 to 255. */
  readonly id: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** The key that mints, and those that still verify. */
export interface RefreshKeys {
  readonly minting: RefreshKey;
  readonly verifying: ReadonlyMap<number, RefreshKey>;
}

export interface PresentedToken {
  readonly sessionId: string;
  readonly counter: bigint;
}

/** The token that is valid while the session's counter is `counter`. */
export function mint(keys: RefreshKeys, sessionId: string, counter: bigint): string {
  const body = Buffer.alloc(BODY_BYTES);
  body.writeUInt8(VERSION, 0);
  body.writeUInt8(keys.minting.id, 1);
  body.set(parse(sessionId), 2);
  body.writeBigUInt64BE(counter, 18);
  return PREFIX + Buffer.concat([body, tag(keys.minting, body)]).toString('base64url');
}

/**
 * Reads a token and checks its tag in constant time, before any query.
 *
 * @returns null for anything that these keys did not issue, in any other spelling too: a token has one.
 */
export function read(keys: RefreshKeys, token: string): PresentedToken | null {
  if (token.length !== TOKEN_CHARACTERS) return null;
  const bytes = Buffer.from(token.slice(PREFIX.length), 'base64url');
  const oneSpelling = PREFIX + bytes.toString('base64url') === token;
  if (!oneSpelling || bytes.length !== BODY_BYTES + TAG_BYTES || bytes.readUInt8(0) !== VERSION) return null;

  const body = bytes.subarray(0, BODY_BYTES);
  const key = keys.verifying.get(body.readUInt8(1));
  if (!key || !timingSafeEqual(tag(key, body), bytes.subarray(BODY_BYTES))) return null;

  const counter = body.readBigUInt64BE(18);
  return counter > MAX_COUNTER ? null : { sessionId: stringify(body, 2), counter };
}

/** The session of a token that may not be there, and may not be ours. */
export function sessionOf(keys: RefreshKeys, token: string | null): string | undefined {
  return token === null ? undefined : read(keys, token)?.sessionId;
}

function tag(key: RefreshKey, body: Uint8Array): Buffer {
  return createHmac('sha256', key.secret).update(body).digest();
}
