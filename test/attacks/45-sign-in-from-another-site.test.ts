import { openBrowser } from '../support/browser.js';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { sessionRow } from '../support/session-rows.js';
import { signUp, type SignedIn } from '../support/sign-in.js';

const EVIL = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const SIGN_IN = `... on AuthPayload { session { id } } ... on Error { code }`;
const DOCUMENTS = {
  login: `mutation ($input: LoginInput!) { login(input: $input) { __typename ${SIGN_IN} } }`,
  signup: `mutation ($input: SignupInput!) { signup(input: $input) { __typename ${SIGN_IN} } }`,
  refresh: 'mutation ($input: RefreshInput) { refresh(input: $input) { __typename } }',
};

/** A browser that the victim is signed in with; `none` is where it would send its cookies from anywhere. */
async function openVictim(gateway: Gateway) {
  const browser = openBrowser(gateway);
  const email = `victim-${crypto.randomUUID()}@example.org`;
  const input = { email, password: PASSWORD, name: 'Victim', delivery: 'COOKIE' };
  const { data } = await browser.gql<{ signup: SignedIn }>(DOCUMENTS.signup, { input });
  return { browser, sessionId: data.signup.session.id };
}

describe.each(['strict', 'none'])('45: a page of another site, the cookies being SameSite=%s', (sameSite) => {
  let gateway: Gateway;
  let attacker: SignedIn;
  beforeAll(async () => {
    const env = { FLUXGATE_PUBLIC_URL: 'https://auth.example.org', FLUXGATE_COOKIE_SAMESITE: sameSite };
    gateway = await startGateway({ env: { ...env, FLUXGATE_RATE_LIMIT_SCALE: '100' } });
    attacker = await signUp(gateway);
  });
  afterAll(() => gateway.close());

  it.each(['login', 'signup', 'refresh'] as const)(
    'cannot post a %s with the cookies of a victim',
    async (operation) => {
      const { browser, sessionId } = await openVictim(gateway);
      const before = { row: await sessionRow(gateway, sessionId), cookies: new Map(browser.cookies) };
      const sessions = await gateway.sql('select id from sessions');
      const account = { password: PASSWORD, delivery: 'COOKIE' };
      const inputs = {
        login: { ...account, email: attacker.user.email },
        signup: { ...account, email: 'planted@example.org', name: 'Planted' },
        refresh: null,
      };

      const answer = await browser.gql(DOCUMENTS[operation], { input: inputs[operation] }, EVIL);

      expect(answer.status).toBe(403);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect({ row: await sessionRow(gateway, sessionId), cookies: browser.cookies }).toEqual(before);
      expect(await gateway.sql('select id from sessions')).toEqual(sessions);
    },
  );

  it("leaves the victim's session alone where the sign-in in its browser is another user's", async () => {
    const { browser, sessionId } = await openVictim(gateway);
    const input = { email: attacker.user.email, password: PASSWORD, delivery: 'COOKIE' };
    const { data } = await browser.gql<{ login: SignedIn }>(DOCUMENTS.login, { input });
    expect(data.login.__typename).toBe('AuthPayload');
    expect(await sessionRow(gateway, sessionId)).toMatchObject({ revoked_at: null, refresh_counter: '0' });
  });
});
