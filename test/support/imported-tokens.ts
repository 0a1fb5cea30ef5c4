import { createHash, randomBytes } from 'node:crypto';
import type { Gateway } from './gateway.js';

/** A refresh token as the earlier server made them: 128 hexadecimal characters. */
export function oldRefreshToken(): string {
  return randomBytes(64).toString('hex');
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Puts an old token in, good for a day. @returns it */
export async function importToken(gateway: Pick<Gateway, 'sql'>, userId: string): Promise<string> {
  const token = oldRefreshToken();
  await gateway.sql(
    `insert into imported_refresh_tokens (digest, user_id, expires_at, device_name)
     values ($1, $2, now() + interval '1 day', 'Kitchen tablet')`,
    [sha256(token), userId],
  );
  return token;
}
