import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const LANES = 4;
/** As long as a few sign-ins take: the change comes before, during and after the one it races. */
const SPREAD_MS = 150;
const TIMEOUT_MS = 300_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});

afterAll(() => gateway.close());

describe('a sign-in that races the end of its account', () => {
  it.each([
    ['a disable', 300, `update users set status = 'disabled' where id = $1`, 'ACCOUNT_DISABLED'],
    [
      'a password change',
      150,
      'update users set password_hash = null, password_version = password_version + 1 where id = $1',
      'PASSWORD_CHANGED',
    ],
  ])(
    'leaves no live session behind %s, in %i rounds',
    async (_, rounds, change, reason) => {
      await Promise.all(Array.from({ length: LANES }, () => raceInOneLane(rounds / LANES, change, reason)));
    },
    TIMEOUT_MS,
  );
});

async function raceInOneLane(rounds: number, change: string, reason: string): Promise<void> {
  const { user } = await signUp(gateway);
  const client = new Client({ connectionString: gateway.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ password_hash: string }>('select password_hash from users where id = $1', [
      user.id,
    ]);
    for (let round = 0; round < rounds; round += 1) {
      await client.query(`update users set status = 'active', password_hash = $2 where id = $1`, [
        user.id,
        rows[0]?.password_hash,
      ]);
      const [signedIn] = await Promise.all([
        logIn(gateway, { email: user.email, password: PASSWORD }),
        endAccount(client, user.id, change, reason, (round * 29) % SPREAD_MS),
      ]);
      await expectNothingAlive(client, user.id, signedIn, reason);
    }
  } finally {
    await client.end();
  }
}

/** As an administrator's command does it: the user's row first, then its sessions, in one transaction. */
async function endAccount(client: Client, userId: string, change: string, reason: string, afterMs: number) {
  await pause(afterMs);
  await client.query('begin');
  await client.query(change, [userId]);
  await client.query(
    'update sessions set revoked_at = clock_timestamp(), revoke_reason = $2 where user_id = $1 and revoked_at is null',
    [userId, reason],
  );
  await client.query('commit');
}

async function expectNothingAlive(client: Client, userId: string, signedIn: SignedIn, reason: string): Promise<void> {
  const alive = await client.query('select from sessions where user_id = $1 and revoked_at is null', [userId]);
  expect(alive.rowCount).toBe(0);
  if (signedIn.__typename === 'AuthPayload')
    expect(await refreshWith(gateway, signedIn.refreshToken)).toMatchObject({ __typename: 'SessionEnded', reason });
  else expect(signedIn).toMatchObject({ __typename: 'InvalidCredentials' });
}
