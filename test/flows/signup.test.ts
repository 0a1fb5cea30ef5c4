import { FIREFOX_ON_MACOS } from '../support/browser.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { countEvents, eventRows } from '../support/security-event-rows.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LONE_SURROGATE = '\ud800';

const SIGNUP = `mutation ($input: SignupInput!) { signup(input: $input) { __typename
  ... on AuthPayload { accessToken refreshToken token expiresIn tokenType isNewDevice
    user { id email emailVerified name userType roles createdAt }
    session { id status isCurrent deviceName device { id name } endReason revokedAt } }
  ... on Error { code message }
  ... on InvalidInput { issues { path message } }
  ... on WeakPassword { breached minLength } } }`;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});

afterAll(() => gateway.close());

describe('signing up', () => {
  it('opens an account and signs it in, in one answer', async () => {
    const email = freshEmail();

    const answer = await ask({ email, name: '  Zoë  ', userType: 'FREELANCER' }, { 'user-agent': FIREFOX_ON_MACOS });

    expect(answer).toEqual({
      __typename: 'AuthPayload',
      accessToken: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      refreshToken: expect.stringMatching(/^fgr_[\w-]{78}$/) as string,
      token: answer['accessToken'],
      expiresIn: 900,
      tokenType: 'Bearer',
      isNewDevice: true,
      user: {
        id: expect.stringMatching(UUID) as string,
        email,
        emailVerified: false,
        name: 'Zoë',
        userType: 'FREELANCER',
        roles: [],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      },
      session: {
        id: expect.stringMatching(UUID) as string,
        status: 'ACTIVE',
        isCurrent: true,
        deviceName: 'Firefox on macOS',
        device: { id: expect.stringMatching(UUID) as string, name: 'Firefox on macOS' },
        endReason: null,
        revokedAt: null,
      },
    });
  });

  it('gives an access token that is good at once, and a password that signs in', async () => {
    const { accessToken, user } = await signUp(gateway);

    const me = await gateway.gql('{ me { id email } }', {}, bearer(accessToken));

    expect(me.data).toEqual({ me: { id: user.id, email: user.email } });
    expect(await logIn(gateway, { email: user.email })).toMatchObject({ __typename: 'AuthPayload', user });
  });

  it('makes a client of whoever does not say, with no role', async () => {
    expect(await ask({})).toMatchObject({ user: { userType: 'CLIENT', roles: [] } });
  });

  it('keeps the address as it was typed, without the space around it', async () => {
    const email = freshEmail().replace('user', 'Ada.LOVELACE');
    expect(await ask({ email: `  ${email} ` })).toMatchObject({ user: { email } });
  });

  it.each([
    ['an address without @', { email: 'ada.example.org' }, ['email']],
    ['an address without a domain', { email: 'ada@' }, ['email']],
    ['two addresses', { email: 'ada@example.org,eve@example.org' }, ['email']],
    ['an address with a line break', { email: 'ada@example.org\r\nBcc: eve@example.org' }, ['email']],
    ['an address with a NUL', { email: 'ada\0@example.org' }, ['email']],
    ['an address with a lone surrogate', { email: `a${LONE_SURROGATE}@example.org` }, ['email']],
    ['an address with a zero-width space', { email: 'ada\u200b@example.org' }, ['email']],
    ['an address of 10 kB', { email: `${'a'.repeat(10_000)}@example.org` }, ['email']],
    ['an empty address', { email: '' }, ['email']],
    ['an empty name', { name: '' }, ['name']],
    ['a name of spaces', { name: ' \t ' }, ['name']],
    ['a name with a control character', { name: 'Ada\u001b[31m' }, ['name']],
    ['a name with a NUL', { name: 'Ada\0' }, ['name']],
    ['a name with a lone surrogate', { name: `Ada${LONE_SURROGATE}` }, ['name']],
    ['a name that turns the text around it', { name: '\u202eadA' }, ['name']],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, ['name']],
    ['a password with a NUL', { password: `sturdy\0${PASSWORD}` }, ['password']],
    ['a password with a lone surrogate', { password: PASSWORD + LONE_SURROGATE }, ['password']],
    ['a password of 257 characters', { password: 'aB3$'.repeat(64) + 'x' }, ['password']],
    ['a password of 10 kB', { password: 'aB3$'.repeat(2_500) }, ['password']],
    ['an empty device name', { deviceName: ' ' }, ['deviceName']],
    ['a device name of two lines', { deviceName: 'a\nb' }, ['deviceName']],
    ['a user type that only administrators give', { userType: 'ADMIN' }, ['userType']],
    ['everything wrong at once', { email: 'ada', name: '', userType: 'ADMIN' }, ['email', 'name', 'userType']],
  ])('refuses %s, and says where', async (_, input, paths) => {
    const before = await countUsers();

    const answer = await ask(input);

    const issues = answer['issues'] as { path: string[]; message: string }[];
    expect(answer).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT' });
    expect(issues.map((issue) => issue.path)).toEqual(paths.map((path) => [path]));
    for (const issue of issues) expect(issue.message).toMatch(/^[A-Z].*\.$/);
    expect(await countUsers()).toBe(before);
  });

  it.each([
    ['is short', { password: 'kV9$mzQ' }, false],
    ['is empty', { password: '' }, false],
    ['stands in the list of known ones', { password: 'password1' }, true],
    ['stands in that list in another case', { password: 'PassWord1' }, true],
    ['is the e-mail address', { email: 'grace.hopper@example.org', password: 'Grace.Hopper@example.org' }, false],
    ['is the part of it before the @', { email: 'grace.hopper@example.org', password: 'grace.hopper' }, false],
    ['is the name', { name: 'Grace Brewster Hopper', password: 'grace brewster hopper' }, false],
  ])('refuses a password that %s', async (_, input, breached) => {
    const answer = await ask(input);

    expect(answer).toMatchObject({ __typename: 'WeakPassword', code: 'WEAK_PASSWORD', breached, minLength: 8 });
    expect(answer['message']).not.toContain(input.password || 'nothing to repeat');
  });

  it('names what is malformed before it judges the password', async () => {
    expect(await ask({ email: 'ada', password: 'short' })).toMatchObject({ __typename: 'InvalidInput' });
  });
});

describe('an address that has an account', () => {
  it.each([
    ['as it is', (email: string) => email],
    ['in another case', (email: string) => email.toUpperCase()],
    ['with space around it', (email: string) => `\t ${email} `],
    ['in full-width letters', (email: string) => email.replace(/[a-z]/g, (letter) => fullWidth(letter))],
  ])('is taken %s', async (_, spell) => {
    const { user } = await signUp(gateway);
    const before = await countUsers();

    const answer = await ask({ email: spell(user.email) });

    expect(answer).toMatchObject({ __typename: 'EmailTaken', code: 'EMAIL_TAKEN' });
    expect(await countUsers()).toBe(before);
    expect((await eventRows(gateway, user.id)).at(-1)).toMatchObject({
      type: 'signup.failed',
      session_id: null,
      details: { reason: 'email_taken' },
    });
  });

  it('is opened once by eight sign-ups at the same moment', async () => {
    const email = freshEmail();
    const failedBefore = await countEvents(gateway, 'signup.failed');

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, nth) => ask({ email: nth % 2 === 0 ? email : email.toUpperCase() })),
    );

    const kinds = answers.map((answer) => answer['__typename']).sort();
    expect(kinds).toEqual(['AuthPayload', ...Array<string>(7).fill('EmailTaken')]);
    expect(await gateway.sql('select from users where email_key = $1', [email])).toHaveLength(1);
    expect(await countEvents(gateway, 'signup.failed')).toBe(failedBefore + 7);
  });
});

describe('a gateway that is closed to sign-ups', () => {
  it('says so, refuses every sign-up alike, and still signs in', async () => {
    const { user } = await signUp(gateway);
    const closed = await startGateway({ env: { FLUXGATE_SIGNUP: 'closed' }, databaseUrl: gateway.databaseUrl });
    try {
      const config = await closed.gql('{ authConfig { signupEnabled } }');
      expect(config.data).toEqual({ authConfig: { signupEnabled: false } });

      const refusal = { __typename: 'SignupDisabled', code: 'SIGNUP_DISABLED' };
      expect(await signUp(closed)).toMatchObject(refusal);
      expect(await signUp(closed, { email: user.email })).toMatchObject(refusal);
      expect(await logIn(closed, { email: user.email })).toMatchObject({ __typename: 'AuthPayload' });
    } finally {
      await closed.close();
    }
  });
});

async function ask(
  input: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const variables = {
    input: { email: freshEmail(), password: PASSWORD, name: 'Test User', delivery: 'BODY', ...input },
  };
  const answer = await gateway.gql<{ signup: Record<string, unknown> }>(SIGNUP, variables, headers);
  expect(answer).toMatchObject({ status: 200, errors: undefined });
  return answer.data.signup;
}

async function countUsers(): Promise<number> {
  const rows = await gateway.sql('select from users');
  return rows.length;
}

function fullWidth(letter: string): string {
  return String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0);
}
