import type { Gateway } from './gateway.js';

export interface SigningKeyRow {
  readonly kid: string;
  readonly state: 'next' | 'current' | 'retiring';
  readonly secret_id: number;
  readonly private_key_encrypted: Buffer;
  readonly created_at: Date;
  readonly retires_at: Date | null;
}

/** The signing keys as they are stored, oldest first. */
export async function signingKeyRows({ sql }: Pick<Gateway, 'sql'>): Promise<SigningKeyRow[]> {
  return sql<SigningKeyRow>('select * from signing_keys order by created_at, kid');
}

/** The one that signs. */
export async function currentKid(gateway: Pick<Gateway, 'sql'>): Promise<string | undefined> {
  return (await signingKeyRows(gateway)).find(({ state }) => state === 'current')?.kid;
}

/** Moves the keys back in time, as if they had been published long ago. */
export async function ageKeys({ sql }: Pick<Gateway, 'sql'>): Promise<void> {
  await sql(`update signing_keys set created_at = created_at - interval '6 minutes'`);
}
