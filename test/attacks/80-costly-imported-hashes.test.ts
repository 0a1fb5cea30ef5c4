import { hashSync as argon2 } from '@node-rs/argon2';
import { hashSync as bcrypt } from 'bcryptjs';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

const QUEUE = 16;
/** One is checked at a time, and an eighth of the queue waits for it. */
const COSTLY_TAKEN = 1 + QUEUE / 8;
const GUESSES = 6;

let gateway: Gateway;
let ordinary: SignedIn;
beforeAll(async () => {
  gateway = await startGateway({
    env: {
      FLUXGATE_RATE_LIMIT_SCALE: '100',
      FLUXGATE_HASH_THREADS: '1',
      FLUXGATE_HASH_QUEUE: String(QUEUE),
    },
  });
  ordinary = await signUp(gateway);
});
afterAll(() => gateway.close());

async function accountWith(passwordHash: string): Promise<string> {
  const { user } = await signUp(gateway);
  await gateway.sql('update users set password_hash = $1 where id = $2', [passwordHash, user.id]);
  return user.email;
}

/** @returns the status of its answer. */
async function guess(email: string): Promise<number> {
  const answer = await fetch(`${gateway.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'wrong-password-1' }),
  });
  await answer.text();
  return answer.status;
}

describe('80: guesses at accounts whose imported hashes are costly', () => {
  it.each([
    ['bcrypt of cost 12', () => bcrypt('right-password-1', 12)],
    ['bcrypt of cost 10', () => bcrypt('right-password-1', 10)],
    ['argon2 of 128 MiB', () => argon2('right-password-1', { memoryCost: 131_072, timeCost: 3, parallelism: 4 })],
  ])('leave a thread to everybody else: %s', async (_, makeHash) => {
    const email = await accountWith(makeHash());
    const answered: string[] = [];
    const note =
      (name: string) =>
      <T>(answer: T): T => {
        answered.push(name);
        return answer;
      };

    const guesses = Array.from({ length: GUESSES }, () => guess(email).then(note('guess')));
    await Promise.race(guesses); // one that is refused at once: others are being checked, or wait for it
    const signedIn = await logIn(gateway, { email: ordinary.user.email, password: PASSWORD }).then(note('sign-in'));
    const statuses = await Promise.all(guesses);

    expect(signedIn.__typename).toBe('AuthPayload');
    expect(answered.at(-1)).toBe('guess');
    expect(statuses.toSorted()).toEqual([
      ...Array<number>(COSTLY_TAKEN).fill(401),
      ...Array<number>(GUESSES - COSTLY_TAKEN).fill(503),
    ]);
    expect((await logIn(gateway, { email, password: 'right-password-1' })).__typename).toBe('AuthPayload');
  });
});
