import { bearer, freePort, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { openNavigator } from '../support/navigation.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { countEvents, eventTypes } from '../support/security-event-rows.js';
import { logIn, logInWithProvider, refreshWith, signUp } from '../support/sign-in.js';

let google: OpenidProvider;
let acme: OpenidProvider;
let gateway: Gateway;
/** Another node on the same database. */
let other: Gateway;

beforeAll(async () => {
  const [port, otherPort] = [await freePort(), await freePort()];
  google = await startOpenidProvider();
  acme = await startOpenidProvider([`http://127.0.0.1:${port}/auth/acme/callback`]);
  const env = {
    FLUXGATE_RATE_LIMIT_SCALE: '1000',
    FLUXGATE_PUBLIC_URL: `http://127.0.0.1:${port}`,
    ...providerEnv({ google, acme }),
  };
  gateway = await startGateway({ env: { ...env, PORT: String(port) } });
  other = await startGateway({ env: { ...env, PORT: String(otherPort) }, databaseUrl: gateway.databaseUrl });
});
afterAll(async () => {
  await other.close();
  await gateway.close();
  await google.close();
  await acme.close();
});

const attempt = (idToken: string) => logInWithProvider(gateway, { idToken });

describe('32. an account that a stranger opened with the victim’s address', () => {
  it('is the victim’s once a provider has proven it, and the stranger’s password, sessions and identities are gone', async () => {
    const victim = somebody();
    const stranger = await signUp(gateway, { email: victim.email, name: 'Stranger' });
    const LINK = `mutation ($input: LinkProviderInput!) { linkProvider(input: $input) { __typename } }`;
    const strangersOwn = somebody();
    const input = { idToken: await google.idToken(strangersOwn) };
    const linked = await gateway.gql<{ linkProvider: object }>(LINK, { input }, bearer(stranger.accessToken));
    expect(linked.data.linkProvider).toEqual({ __typename: 'LinkProviderPayload' });

    const owner = await attempt(await google.idToken(victim));
    expect(owner.user.id).toBe(stranger.user.id);
    expect(await eventTypes(gateway, owner.user.id)).toEqual(
      expect.arrayContaining(['account.claimed', 'session.revoked', 'identity.unlinked', 'identity.linked']),
    );
    const [row] = await gateway.sql('select name, password_hash from users where id = $1', [owner.user.id]);
    expect(row).toEqual({ name: 'Ann of Acme', password_hash: null });

    expect((await logIn(gateway, { email: victim.email })).code).toBe('INVALID_CREDENTIALS');
    expect(await refreshWith(gateway, stranger.refreshToken)).toMatchObject({
      code: 'SESSION_ENDED',
      reason: 'PASSWORD_CHANGED',
    });
    const me = await gateway.gql('{ me { id } }', {}, bearer(stranger.accessToken));
    expect(me.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    const again = await attempt(await google.idToken(strangersOwn));
    expect(again.user.id).not.toBe(owner.user.id);
    expect((await refreshWith(gateway, owner.refreshToken)).outcome).toBe('ROTATED');
  });

  it('is left to neither by a sign-in of the stranger at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      const victim = somebody();
      await signUp(gateway, { email: victim.email });
      const idToken = await google.idToken(victim);
      const [owner] = await Promise.all([
        attempt(idToken),
        ...[1, 2, 3].map(() => logIn(gateway, { email: victim.email, password: PASSWORD })),
      ]);
      const live = await gateway.sql<{ id: string }>(
        'select id from sessions where user_id = $1 and revoked_at is null',
        [owner.user.id],
      );
      expect(live).toEqual([{ id: owner.session.id }]);
    }
  });
});

describe('33. a callback', () => {
  const start = () => `${gateway.url}/auth/acme/start?return_to=/account`;
  const callback = () => `${gateway.url}/auth/acme/callback`;
  const sessions = async ({ sub }: Person) =>
    (await gateway.sql('select s.id from sessions s join identities i using (user_id) where i.subject = $1', [sub]))
      .length;
  beforeEach(() => {
    acme.person = somebody();
  });

  /** Up to the moment before the callback: its address, and the cookies to go there with. */
  async function beforeCallback() {
    const browser = openNavigator();
    const { url } = await browser.go(start(), callback());
    const cookie = [...browser.cookies.get(gateway.url)!].map(([name, value]) => `${name}=${value}`).join('; ');
    return { url, cookie };
  }
  const call = (url: string, cookie: string) => fetch(url, { redirect: 'manual', headers: { cookie } });

  it('twice is one session', async () => {
    const { url, cookie } = await beforeCallback();
    const locations = [await call(url, cookie), await call(url, cookie)].map(({ headers }) => headers.get('location'));
    expect(locations).toEqual([`${gateway.url}/account`, `${gateway.url}/account?error=INVALID_CREDENTIALS`]);
    expect(await sessions(acme.person)).toBe(1);
  });

  it('ten times at once, on two nodes, is one session and one request to the provider', async () => {
    const { url, cookie } = await beforeCallback();
    const tokens = () => acme.requests.filter((path) => path === '/token').length;
    const before = tokens();
    const urls = Array.from({ length: 10 }, (_, index) => (index % 2 ? url : url.replace(gateway.url, other.url)));
    const answers = await Promise.all(urls.map((at) => call(at, cookie)));
    expect(answers.filter(({ headers }) => headers.get('location') === `${gateway.url}/account`)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 303)).toBe(true);
    expect([tokens() - before, await sessions(acme.person)]).toEqual([1, 1]);
  });

  it('in another browser is none, whatever that one has begun itself', async () => {
    const [attackers, victims] = [await beforeCallback(), await beforeCallback()];
    const failures = await countEvents(gateway, 'login.failed');
    for (const cookie of ['', victims.cookie]) {
      const { status, headers } = await call(attackers.url, cookie);
      expect([status, headers.get('location'), headers.getSetCookie()]).toEqual([400, null, []]);
    }
    // The victim's own cookie under the name of the attacker's state.
    const state = new URL(attackers.url).searchParams.get('state')!;
    const renamed = victims.cookie.replace(/fluxgate_login_[\w-]+/, `fluxgate_login_${state}`);
    expect((await call(attackers.url, renamed)).status).toBe(400);
    expect(await sessions(acme.person)).toBe(0);
    expect(await countEvents(gateway, 'login.failed')).toBe(failures);
  });

  it('with the code of another sign-in is none', async () => {
    const [attackers, victims] = [await beforeCallback(), await beforeCallback()];
    const url = new URL(victims.url);
    url.searchParams.set('code', new URL(attackers.url).searchParams.get('code')!);
    const { headers } = await call(url.href, victims.cookie);
    expect(headers.get('location')).toBe(`${gateway.url}/account?error=INVALID_CREDENTIALS`);
    expect(await sessions(acme.person)).toBe(0);
  });

  it('of another provider with this one’s state is none', async () => {
    const { url, cookie } = await beforeCallback();
    expect((await call(url.replace('/auth/acme/', '/auth/google/'), cookie)).status).toBe(400);
    expect(await sessions(acme.person)).toBe(0);
  });

  it('that says it is of another issuer is none', async () => {
    const { url, cookie } = await beforeCallback();
    const mixed = new URL(url);
    mixed.searchParams.set('iss', google.issuer);
    expect((await call(mixed.href, cookie)).headers.get('location')).toContain('?error=INVALID_CREDENTIALS');
    expect(await sessions(acme.person)).toBe(0);
  });
});

describe('34. a return target that leads elsewhere is refused before anything is begun', () => {
  it.each([
    '//e',
    '/\\e',
    'https:e',
    'https://good@e',
    'https://good.e',
    '%2f%2fe',
    '/%2fe',
    '/\t/e',
    '\thttps://e',
    'javascript:alert(1)',
    '',
  ])('%j', async (target) => {
    for (const more of ['', '&error=access_denied', '&return_to=/account']) {
      const url = `${gateway.url}/auth/acme/start?return_to=${encodeURIComponent(target)}${more}`;
      const { status, headers, body } = await openNavigator().go(url);
      expect([status, headers.get('location'), headers.getSetCookie()]).toEqual([400, null, []]);
      expect(body).not.toContain('alert');
    }
  });

  it('in a callback, where none is asked for', async () => {
    const { status, headers } = await openNavigator().go(
      `${gateway.url}/auth/acme/callback?return_to=//e&error=access_denied&state=${'a'.repeat(43)}`,
    );
    expect([status, headers.get('location')]).toEqual([400, null]);
  });
});
