import { PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { countEvents } from '../support/security-event-rows.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

const AT_ONCE = 20;
const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }';

describe('FLUXGATE_RATE_LIMIT_SCALE', () => {
  it('multiplies every limit, and a client that no proxy speaks for has one address whatever it claims', async () => {
    const gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.1' } });
    try {
      const claims = ['203.0.113.1', '203.0.113.2, 127.0.0.1', '2001:db8::1', 'unknown', ''];
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, nth) =>
          logIn(gateway, { email: 'malformed' }, { 'x-forwarded-for': claims[nth % claims.length] ?? '' }),
        ),
      );

      expect(answers.filter((answer) => answer.__typename === 'InvalidInput')).toHaveLength(10);
      expect(answers.filter((answer) => answer.__typename === 'RateLimited')).toHaveLength(10);
    } finally {
      await gateway.close();
    }
  });
});

describe('a full queue of passwords', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway({
      env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_HASH_THREADS: '1', FLUXGATE_HASH_QUEUE: '1' },
    });
  });

  afterAll(() => gateway.close());

  it.each([
    ['of a known account', async () => (await signUp(gateway)).user.email],
    ['of an address that nobody has, which costs the same work', () => Promise.resolve(freshEmail())],
  ])('refuses sign-ins %s at once, and says when to come back', async (_, prepare) => {
    const email = await prepare();
    const failedBefore = await countEvents(gateway, 'login.failed');

    const answers = await atOnce(() => gateway.gql(LOGIN, { input: { email, password: 'sturdy-otter-battery-8' } }));

    const refused = expectRefusals(answers);
    expect(await countEvents(gateway, 'login.failed')).toBe(failedBefore + AT_ONCE - refused);
    expect(await logIn(gateway, { email: (await signUp(gateway)).user.email })).toMatchObject({
      __typename: 'AuthPayload',
    });
  });

  it('refuses sign-ups, and leaves nothing of those behind', async () => {
    const usersBefore = await gateway.sql('select from users');

    const answers = await atOnce(() =>
      gateway.gql(SIGNUP, { input: { email: freshEmail(), password: PASSWORD, name: 'Test User' } }),
    );

    const refused = expectRefusals(answers);
    expect(await gateway.sql('select from users')).toHaveLength(usersBefore.length + AT_ONCE - refused);
  });
});

function atOnce(ask: () => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, ask));
}

/** How many were refused: some, not all, each as UNAVAILABLE and nothing else. */
function expectRefusals(answers: readonly Answer[]): number {
  const refused = answers.filter((answer) => answer.status !== 200);
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 503, data: null, errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(answers.length);
  return refused.length;
}
