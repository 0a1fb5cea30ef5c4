import { randomUUID } from 'node:crypto';
import { openBrowser } from '../support/browser.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { countEvents } from '../support/security-event-rows.js';
import { freshEmail, logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const WRONG = 'sturdy-otter-battery-8';
const MALFORMED = { email: 'not an address' }; // counts, and costs no hash
const IP = { points: 100, windowSeconds: 300 };
const ACCOUNT = { points: 20, windowSeconds: 900 };
const SIGNUP = { points: 30, windowSeconds: 600 };

let gateway: Gateway;
let lastAddress = 0;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1', FLUXGATE_HASH_QUEUE: '200' } });
});

afterAll(() => gateway.close());

describe('the limit of an account', () => {
  it('holds for two hundred guesses at the same moment: twenty are looked at', async () => {
    const { user } = await signUp(gateway, {}, anyAddress());
    const failedBefore = await countEvents(gateway, 'login.failed');

    const answers = await times(200, () => logIn(gateway, { email: user.email, password: WRONG }, anyAddress()));

    expect(kinds(answers)).toEqual({ InvalidCredentials: ACCOUNT.points, RateLimited: 200 - ACCOUNT.points });
    expect(await countEvents(gateway, 'login.failed')).toBe(failedBefore + ACCOUNT.points);
  });

  it('says when to come back, within its window', async () => {
    const { user } = await exhaustedAccount();

    const refused = await logIn(gateway, { email: user.email }, anyAddress());

    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(ACCOUNT.windowSeconds - 120);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(ACCOUNT.windowSeconds);
    expect(refused.message).toBe(`Too many attempts. Try again in ${refused.retryAfterSeconds} s.`);
  });

  it.each([
    ['has an account', async () => (await signUp(gateway, {}, anyAddress())).user.email],
    ['has none', () => Promise.resolve(freshEmail())],
  ])('is one for all spellings of an address that %s', async (_, prepare) => {
    const email = await prepare();
    const spellings = [email, email.toUpperCase(), ` ${email} `, email.replace('@', '\uff20')];

    const guesses = await times(ACCOUNT.points + 8, (nth) =>
      logIn(gateway, { email: spellings[nth % spellings.length], password: WRONG }, anyAddress()),
    );

    expect(kinds(guesses)).toEqual({ InvalidCredentials: ACCOUNT.points, RateLimited: 8 });
  });

  it('does not lock its owner out of a device that is known by its cookie', async () => {
    const owner = openBrowser(gateway, anyAddress());
    const { user } = await signUp(owner, { delivery: 'COOKIE' });
    await exhaust(user.email);

    expect(await logIn(gateway, { email: user.email }, anyAddress())).toMatchObject({ __typename: 'RateLimited' });
    expect(await logIn(owner, { email: user.email })).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('holds for a device that is known to another account only', async () => {
    const { user } = await exhaustedAccount();
    const stranger = openBrowser(gateway, anyAddress());
    await signUp(stranger, { delivery: 'COOKIE' });

    expect(await logIn(stranger, { email: user.email })).toMatchObject({ __typename: 'RateLimited' });
  });

  it('holds for guesses from a known device too, in a pool of their own', async () => {
    const owner = openBrowser(gateway, anyAddress());
    const { user } = await signUp(owner, { delivery: 'COOKIE' });

    const guesses = await times(ACCOUNT.points + 5, () => logIn(owner, { email: user.email, password: WRONG }));

    expect(kinds(guesses)).toEqual({ InvalidCredentials: ACCOUNT.points, RateLimited: 5 });
    expect(await logIn(gateway, { email: user.email }, anyAddress())).toMatchObject({ __typename: 'AuthPayload' });
  });
});

describe('the limit of an address', () => {
  it('holds for sign-ins at the same moment, whatever accounts they name', async () => {
    const here = anyAddress();
    const failedBefore = await countEvents(gateway, 'login.failed');

    const answers = await times(IP.points + 20, () => logIn(gateway, { email: freshEmail(), password: WRONG }, here));

    expect(kinds(answers)).toEqual({ InvalidCredentials: IP.points, RateLimited: 20 });
    expect(await countEvents(gateway, 'login.failed')).toBe(failedBefore + IP.points);
    expect(await logIn(gateway, MALFORMED, anyAddress())).toMatchObject({ __typename: 'InvalidInput' });
  });

  it('holds for sign-ups, and says when to come back', async () => {
    const here = anyAddress();

    const answers = await times(SIGNUP.points + 5, () => signUp(gateway, MALFORMED, here));

    expect(kinds(answers)).toEqual({ InvalidInput: SIGNUP.points, RateLimited: 5 });
    const refused = await signUp(gateway, {}, here);
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(SIGNUP.windowSeconds - 120);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(SIGNUP.windowSeconds);
    expect(await signUp(gateway, {}, anyAddress())).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('counts an IPv6 network of 64 bits as one, and its neighbour apart', async () => {
    const inNetwork = (nth: number) => from(`2001:db8:1:2:${nth.toString(16)}:a:b:${nth}`);

    const answers = await times(IP.points + 5, (nth) => logIn(gateway, MALFORMED, inNetwork(nth)));

    expect(kinds(answers)).toEqual({ InvalidInput: IP.points, RateLimited: 5 });
    expect(await logIn(gateway, MALFORMED, from('2001:db8:1:3::1'))).toMatchObject({ __typename: 'InvalidInput' });
  });
});

describe('the limit of a signed-in user', () => {
  const RENAME = `renameDevice(deviceId: "${randomUUID()}", name: "x") { __typename }`;

  const FIELDS = Array.from({ length: 14 }, (_, nth) => `a${nth}: ${RENAME}`).join(' ');
  const rename14 = ({ accessToken }: SignedIn) =>
    gateway.gql<Record<string, { __typename: string }>>(`mutation { ${FIELDS} }`, {}, bearer(accessToken));
  const kindsOf = (answers: readonly { readonly data: Record<string, { __typename: string }> }[]) =>
    kinds(answers.flatMap(({ data }) => Object.values(data)));

  it('counts every field of a document, under whatever alias', async () => {
    const signedIn = await signUp(gateway, {}, anyAddress());
    expect(kindsOf(await times(5, () => rename14(signedIn)))).toEqual({ NotFound: 20, RateLimited: 50 });
  });

  it('holds for all sessions of a user together', async () => {
    const first = await signUp(gateway, {}, anyAddress());
    const others = await times(4, () => logIn(gateway, { email: first.user.email }, anyAddress()));
    const answers = await Promise.all([first, ...others].flatMap((each) => [rename14(each), rename14(each)]));
    expect(kindsOf(answers)).toEqual({ NotFound: 60, RateLimited: 80 });
  });

  it('holds for refreshes of one session, and leaves it alive', async () => {
    const { refreshToken, session } = await signUp(gateway, {}, anyAddress());

    const answers = await times(130, () => refreshWith(gateway, refreshToken));

    expect(kinds(answers)['RateLimited']).toBe(10);
    const [row] = await gateway.sql<{ revoked_at: Date | null }>('select revoked_at from sessions where id = $1', [
      session.id,
    ]);
    expect(row).toEqual({ revoked_at: null });
  });
});

describe('many sign-ins in one document', () => {
  it.each([
    ['two', 2, 'GRAPHQL_VALIDATION_FAILED'],
    ['two hundred', 200, 'GRAPHQL_PARSE_FAILED'],
  ])('are refused before a password is compared: %s', async (_, count, code) => {
    const { user } = await signUp(gateway, {}, anyAddress());
    const failedBefore = await countEvents(gateway, 'login.failed');
    const fields = Array.from({ length: count }, (_unused, nth) => `a${nth}: login(input: $input) { __typename }`);

    const answer = await gateway.gql(`mutation ($input: LoginInput!) { ${fields.join(' ')} }`, {
      input: { email: user.email, password: WRONG },
    });

    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code } }] });
    expect(await countEvents(gateway, 'login.failed')).toBe(failedBefore);
  });
});

async function exhaust(email: string): Promise<void> {
  await times(ACCOUNT.points, () => logIn(gateway, { email, password: WRONG }, anyAddress()));
}

async function exhaustedAccount(): Promise<SignedIn> {
  const signedIn = await signUp(gateway, {}, anyAddress());
  await exhaust(signedIn.user.email);
  return signedIn;
}

/** All at the same moment. */
function times<T>(count: number, ask: (nth: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, nth) => ask(nth)));
}

function kinds(answers: readonly { readonly __typename: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { __typename } of answers) counts[__typename] = (counts[__typename] ?? 0) + 1;
  return counts;
}

function from(address: string): { 'x-forwarded-for': string } {
  return { 'x-forwarded-for': address };
}

/** One that nothing has been counted on. */
function anyAddress(): { 'x-forwarded-for': string } {
  lastAddress += 1;
  return from(`10.0.${lastAddress >> 8}.${lastAddress & 255}`);
}
