import { stringify } from 'uuid';

const ACCESS_TOKEN = /eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+/g;
const REFRESH_TOKEN = /fgr_[\w-]{78}/g;

export interface AccessTokenIn {
  readonly token: string;
  readonly userId: string;
  readonly sessionId: string;
}

export interface RefreshTokenIn {
  readonly token: string;
  readonly sessionId: string;
  readonly counter: bigint;
}

/** Those in a text that say whose they are. */
export function accessTokensIn(text: string): AccessTokenIn[] {
  return [...text.matchAll(ACCESS_TOKEN)].flatMap(([token, claims = '']) => {
    try {
      const { sub, sid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub?: unknown; sid?: unknown };
      return typeof sub === 'string' && typeof sid === 'string' ? [{ token, userId: sub, sessionId: sid }] : [];
    } catch {
      return []; // damaged on purpose
    }
  });
}

/** Version and key id are a byte each, then session and counter (src/domain/refresh-token.ts). */
export function refreshTokensIn(text: string): RefreshTokenIn[] {
  return [...text.matchAll(REFRESH_TOKEN)].flatMap(([token]) => {
    const bytes = Buffer.from(token.slice('fgr_'.length), 'base64url');
    try {
      return [{ token, sessionId: stringify(bytes, 2), counter: bytes.readBigUInt64BE(18) }];
    } catch {
      return []; // damaged on purpose: no id
    }
  });
}
