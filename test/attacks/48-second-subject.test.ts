import { randomUUID } from 'node:crypto';
import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { openNavigator } from '../support/navigation.js';
import { commitUnder } from '../support/open-transaction.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { eventRows } from '../support/security-event-rows.js';
import { logIn, logInWithProvider, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

/** Both the provider that GraphQL and REST ask, and the one that the browser is sent to. */
let google: OpenidProvider;
let gateway: Gateway;

beforeAll(async () => {
  const port = await freePort();
  google = await startOpenidProvider([`http://127.0.0.1:${port}/auth/google/callback`]);
  gateway = await startGateway({
    env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', PORT: String(port), ...providerEnv({ google }) },
  });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
});

const DENIED = { __typename: 'LoginDenied', code: 'LOGIN_DENIED' };

const signIn = async (person: Person) => logInWithProvider(gateway, { idToken: await google.idToken(person) });

/** Whoever has the mailbox by now, and another account at the provider. */
const another = (person: Person, claims: Partial<Person> = {}): Person => ({ ...person, sub: randomUUID(), ...claims });

async function link(viewer: SignedIn, person: Person): Promise<{ __typename: string; identity: { id: string } }> {
  const LINK = `mutation ($input: LinkProviderInput!) { linkProvider(input: $input) {
    __typename ... on LinkProviderPayload { identity { id } } } }`;
  const input = { idToken: await google.idToken(person) };
  return (
    await gateway.gql<{ linkProvider: { __typename: string; identity: { id: string } } }>(
      LINK,
      { input },
      bearer(viewer.accessToken),
    )
  ).data.linkProvider;
}

const subjectsOf = async ({ user }: SignedIn) =>
  (
    await gateway.sql<{ subject: string }>('select subject from identities where user_id = $1 order by id', [user.id])
  ).map(({ subject }) => subject);

/** Nobody else is in, its owner still is, and the events say why somebody was not let in. */
async function expectLeftAlone(owner: SignedIn, subjects: string[], refusals: number): Promise<void> {
  const live = await gateway.sql('select id from sessions where user_id = $1 and revoked_at is null', [owner.user.id]);
  expect(live).toEqual([{ id: owner.session.id }]);
  expect(await subjectsOf(owner)).toEqual(subjects);
  expect((await refreshWith(gateway, owner.refreshToken)).outcome).toBe('ROTATED');
  const failed = (await eventRows(gateway, owner.user.id)).filter(({ type }) => type === 'login.failed');
  expect(failed.map(({ details }) => details)).toEqual(
    Array.from({ length: refusals }, () => ({ reason: 'another_identity', provider: 'google' })),
  );
}

describe('48. another subject of a provider with the address of an account', () => {
  it('is refused by loginWithProvider, with a reference to the event', async () => {
    const person = somebody();
    const owner = await signIn(person);
    const refused = await signIn(another(person));
    expect(refused).toMatchObject({
      ...DENIED,
      message: 'Your account has, or had, another sign-in of this provider. Sign in as before, and link this one.',
    });
    const events = await eventRows(gateway, owner.user.id);
    expect(events.find(({ type }) => type === 'login.failed')?.id).toBe(refused.reference);
    await expectLeftAlone(owner, [person.sub], 1);
  });

  it('is refused by POST /api/auth/google', async () => {
    const person = somebody();
    const owner = await signIn(person);
    const answer = await fetch(`${gateway.url}/api/auth/google`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ credential: await google.idToken(another(person)) }),
    });
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ error: 'LOGIN_DENIED' })]);
    await expectLeftAlone(owner, [person.sub], 1);
  });

  it('is refused by the callback of a browser', async () => {
    const person = somebody();
    const owner = await signIn(person);
    google.person = another(person);
    const start = `${gateway.url}/auth/google/start?return_to=/account`;
    const { url } = await openNavigator().go(start, `${gateway.url}/account`);
    expect(url).toBe(`${gateway.url}/account?error=LOGIN_DENIED`);
    await expectLeftAlone(owner, [person.sub], 1);
  });

  it.each<[string, (address: string) => string]>([
    ['in capitals', (address) => address.toUpperCase()],
    ['with space around it', (address) => ` ${address}\t`],
  ])('is refused when it is spelt %s', async (_, spell) => {
    const person = somebody();
    const owner = await signIn(person);
    expect(await signIn(another(person, { email: spell(person.email!) }))).toMatchObject(DENIED);
    await expectLeftAlone(owner, [person.sub], 1);
  });

  it('is refused where its owner signed up with a password, and linked the provider', async () => {
    const owner = await signUp(gateway);
    const person = somebody({ email: owner.user.email });
    await link(owner, person);
    expect(await signIn(another(person))).toMatchObject(DENIED);
    await expectLeftAlone(owner, [person.sub], 1);
    expect((await logIn(gateway, { email: owner.user.email })).__typename).toBe('AuthPayload');
  });

  it('is refused when its owner has another address at the provider by now, and goes on signing in', async () => {
    const person = somebody();
    const owner = await signIn(person);
    const moved = await signIn({ ...person, email: somebody().email! });
    expect(moved.user).toEqual(owner.user);
    expect(await signIn(another(person))).toMatchObject(DENIED);
    expect(await subjectsOf(owner)).toEqual([person.sub]);
  });

  it('is refused where the provider’s issuer ended in a slash when its owner signed in', async () => {
    const person = somebody();
    const owner = await signIn(person);
    await gateway.sql(`update identities set issuer = issuer || '/' where subject = $1`, [person.sub]);
    expect(await signIn(another(person))).toMatchObject(DENIED);
    await expectLeftAlone(owner, [person.sub], 1);
    expect((await signIn(person)).user).toEqual(owner.user);
  });

  it('is refused while the account is disabled, and when it is enabled again', async () => {
    const person = somebody();
    const { user } = await signIn(person);
    const reasons = [];
    for (const status of ['disabled', 'active']) {
      await gateway.sql('update users set status = $2 where id = $1', [user.id, status]);
      const { reference } = await signIn(another(person));
      const [event] = await gateway.sql<{ details: object }>('select details from security_events where id = $1', [
        reference,
      ]);
      reasons.push(event?.details);
    }
    expect(reasons).toMatchObject([{ reason: 'account_disabled' }, { reason: 'another_identity' }]);
  });

  it('is another way in where its owner adds it while signed in', async () => {
    const person = somebody();
    const owner = await signIn(person);
    const second = another(person);
    expect((await link(owner, second)).__typename).toBe('LinkProviderPayload');
    expect((await signIn(second)).user).toEqual(owner.user);
  });
});

describe('48. an identity that its owner has taken away', () => {
  it('does not come back by the address, and neither does another subject of its provider', async () => {
    const owner = await signUp(gateway);
    const person = somebody({ email: owner.user.email });
    const { identity } = await link(owner, person);
    const UNLINK = `mutation ($id: ID!) { unlinkProvider(identityId: $id) { __typename } }`;
    const unlink = (id: string) => gateway.gql(UNLINK, { id }, bearer(owner.accessToken));
    expect((await unlink(identity.id)).data).toEqual({ unlinkProvider: { __typename: 'UnlinkProviderPayload' } });
    for (const each of [person, another(person)]) expect(await signIn(each)).toMatchObject(DENIED);
    await expectLeftAlone(owner, [], 2);

    const again = await link(owner, person);
    await unlink(again.identity.id);
    expect(await signIn(person)).toMatchObject(DENIED);
    const [user] = await gateway.sql('select unlinked_issuers from users where id = $1', [owner.user.id]);
    expect(user).toEqual({ unlinked_issuers: [google.issuer] });
  });

  it('lets nobody in who signs in with it at the same moment', async () => {
    const owner = await signUp(gateway);
    const person = somebody({ email: owner.user.email });
    await link(owner, person);
    const text = `with gone as (delete from identities where user_id = $1)
                  update users set unlinked_issuers = array[$2] where id = $1`;
    const unlinking = { text, values: [owner.user.id, google.issuer] };
    expect(await commitUnder(gateway.databaseUrl, unlinking, () => signIn(person))).toMatchObject(DENIED);
    await expectLeftAlone(owner, [], 1);
  });

  it('keeps nobody from an account whose address its opener never proved', async () => {
    const stranger = await signUp(gateway);
    const { identity } = await link(stranger, somebody());
    const UNLINK = `mutation ($id: ID!) { unlinkProvider(identityId: $id) { __typename } }`;
    await gateway.gql(UNLINK, { id: identity.id }, bearer(stranger.accessToken));
    const owner = await signIn(somebody({ email: stranger.user.email }));
    expect(owner.user.id).toBe(stranger.user.id);
    expect((await refreshWith(gateway, stranger.refreshToken)).code).toBe('SESSION_ENDED');
    const [user] = await gateway.sql('select unlinked_issuers from users where id = $1', [owner.user.id]);
    expect(user).toEqual({ unlinked_issuers: [] });
  });
});

describe('48. two subjects of a provider with one address, at the same moment', () => {
  const outcomes = (answers: readonly SignedIn[]) => answers.map(({ code }) => code ?? 'in').sort();

  it('are not both let in to the account that has it', async () => {
    const { user } = await signUp(gateway);
    await gateway.sql('update users set email_verified_at = now() where id = $1', [user.id]);
    const held = { text: 'select from users where id = $1 for update', values: [user.id], waiting: 2 };
    const answers = await commitUnder(gateway.databaseUrl, held, () =>
      Promise.all([1, 2].map(() => signIn(somebody({ email: user.email })))),
    );
    expect(outcomes(answers)).toEqual(['LOGIN_DENIED', 'in']);
    expect(await gateway.sql('select from identities where user_id = $1', [user.id])).toHaveLength(1);
  });

  it('do not share the account that one of them opens', async () => {
    for (let round = 0; round < 10; round++) {
      const people = [somebody()];
      people.push(another(people[0]!), another(people[0]!));
      const tokens = await Promise.all(people.map((person) => google.idToken(person)));
      const answers = await Promise.all(tokens.map((idToken) => logInWithProvider(gateway, { idToken })));
      expect(outcomes(answers)).toEqual(['LOGIN_DENIED', 'LOGIN_DENIED', 'in']);
    }
  });
});
