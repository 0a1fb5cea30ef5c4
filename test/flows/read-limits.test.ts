import { bearer, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

/** A hundredth: 120 points for each user and 1,800 for each address; of sign-ins and refreshes one each. */
const USER_POINTS = 120;
const ADDRESS_POINTS = 1_800;
const SIGN_UP_POINTS = 5; // for the session in its answer
const ME = '{ me { id } }';
const ME_POINTS = 6;
const REST_ME_POINTS = 10;

const REFRESH_AND_READ = `mutation ($input: RefreshInput!) { refresh(input: $input) { ... on RefreshPayload {
  outcome user { email } ${Array.from({ length: 60 }, (_, nth) => `s${nth}: session { id }`).join(' ')} } } }`;

let gateway: Gateway;
let lastAddress = 0;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.01', FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => gateway.close());

/** Each from an address of its own, so that only users are limited. */
function elsewhere(): { 'x-forwarded-for': string } {
  lastAddress += 1;
  return { 'x-forwarded-for': `10.2.${lastAddress >> 8}.${lastAddress & 255}` };
}

const signUpElsewhere = () => signUp(gateway, {}, elsewhere());
const ask = (document: string, { accessToken }: Pick<SignedIn, 'accessToken'>): Promise<Answer> =>
  gateway.gql(document, {}, { ...elsewhere(), ...bearer(accessToken) });
const askRest = (path: string, { accessToken }: SignedIn) =>
  fetch(`${gateway.url}/api/auth/${path}`, { headers: { ...elsewhere(), ...bearer(accessToken) } });

/** How many of `ask` are served before one is refused. */
async function servedOf(ask: () => Promise<{ readonly status: number }>): Promise<number> {
  for (let served = 0; ; served += 1) if ((await ask()).status === 429) return served;
}

describe('the points that a user has for reading', () => {
  it('are taken by the price of each query, and the refusal says when there are more', async () => {
    const user = await signUpElsewhere();
    const served = await servedOf(() => ask(ME, user));
    expect(served).toBe(Math.floor((USER_POINTS - SIGN_UP_POINTS) / ME_POINTS));

    const refused = await ask(ME, user);
    expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(refused.data).toBeUndefined();
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.errors?.[0]?.message).toBe(`Too many attempts. Try again in ${seconds} s.`);
  });

  it('are the same through REST', async () => {
    const user = await signUpElsewhere();
    await ask(ME, user);
    const left = USER_POINTS - SIGN_UP_POINTS - ME_POINTS;
    expect(await servedOf(() => askRest('me', user))).toBe(Math.floor(left / REST_ME_POINTS));

    for (const path of ['me', 'token-info', 'sessions']) {
      const refused = await askRest(path, user);
      expect([refused.status, await refused.json()]).toEqual([429, expect.objectContaining({ error: 'RATE_LIMITED' })]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await ask(ME, user)).status).toBe(429);
  });

  it('are counted once for a document, whatever it asks for', async () => {
    const user = await signUpElsewhere();
    const document = '{ a: me { id } b: me { id } session { id } authConfig { providers } }';
    expect(await servedOf(() => ask(document, user))).toBe(Math.floor((USER_POINTS - SIGN_UP_POINTS) / 20));
  });

  it("are not another user's, though both come from one address", async () => {
    const address = elsewhere();
    const [one, other] = [await signUpElsewhere(), await signUpElsewhere()];
    const from = (user: SignedIn) => gateway.gql(ME, {}, { ...address, ...bearer(user.accessToken) });
    await servedOf(() => from(one));
    expect(await from(other)).toMatchObject({ status: 200, data: { me: { id: other.user.id } } });
  });

  it('take nothing from signing in, refreshing and revoking, nor those from them', async () => {
    const user = await signUpElsewhere();
    const refreshing = 'mutation ($input: RefreshInput!) { refresh(input: $input) { __typename } }';
    await gateway.gql(refreshing, { input: { refreshToken: user.refreshToken } });
    const served = await servedOf(() => ask(ME, user));
    expect(served).toBe(Math.floor((USER_POINTS - SIGN_UP_POINTS) / ME_POINTS));

    const again = await logIn(gateway, { email: user.user.email }, elsewhere());
    expect(again.session.device.id).toEqual(expect.any(String));
    expect((await refreshWith(gateway, again.refreshToken, elsewhere())).outcome).toBe('ROTATED');
    expect(await ask('mutation { revoke { __typename } }', again)).toMatchObject({
      status: 200,
      data: { revoke: { __typename: 'RevokePayload' } },
    });
  });

  it('are taken for what a refresh reads, once however often it is asked for, and its tokens are never withheld', async () => {
    const user = await signUpElsewhere();
    const { refreshToken } = user;
    const refreshed = await gateway.gql<{ refresh: { outcome: string; s59: { id: string } } }>(REFRESH_AND_READ, {
      input: { refreshToken },
    });
    expect(refreshed.data.refresh).toMatchObject({ outcome: 'ROTATED', s59: { id: user.session.id } });
    const left = USER_POINTS - SIGN_UP_POINTS - 2 * 5;
    expect(await servedOf(() => ask(ME, user))).toBe(Math.floor(left / ME_POINTS));
  });
});

describe('the points that an address has for reading', () => {
  const CONFIG = `{ ${Array.from({ length: 20 }, (_, nth) => `a${nth}: authConfig { signupEnabled providers }`).join(' ')} }`;
  const CONFIG_POINTS = 60;

  it('are taken where nobody is signed in, or with a token that does not hold', async () => {
    const address = elsewhere();
    const anonymously = () => gateway.gql(CONFIG, {}, address);
    const forged = () => gateway.gql(CONFIG, {}, { ...address, ...bearer('forged') });
    expect((await forged()).status).toBe(200);
    expect(await servedOf(anonymously)).toBe(ADDRESS_POINTS / CONFIG_POINTS - 1);
    expect((await forged()).status).toBe(429);
    expect((await gateway.gql(CONFIG, {}, elsewhere())).status).toBe(200);
  });

  it('are taken for the schema, whoever asks', async () => {
    const user = await signUpElsewhere();
    const address = elsewhere();
    const schema = () =>
      gateway.gql('{ __schema { types { fields { name } } } }', {}, { ...address, ...bearer(user.accessToken) });
    expect(await servedOf(schema)).toBeGreaterThan(USER_POINTS / 38);
    expect((await gateway.gql(CONFIG, {}, address)).status).toBe(429);
    expect((await ask(ME, user)).status).toBe(200);
  });
});
