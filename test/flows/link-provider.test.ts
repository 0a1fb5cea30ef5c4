import { randomUUID } from 'node:crypto';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { eventRows, eventTypes } from '../support/security-event-rows.js';
import { setSession } from '../support/session-rows.js';
import { logInWithProvider, signUp, type SignedIn } from '../support/sign-in.js';

const IDENTITY = 'identity { id provider email }';
const LINK = `mutation ($input: LinkProviderInput!) { answer: linkProvider(input: $input) {
  __typename ... on LinkProviderPayload { ${IDENTITY} } ... on Error { code } } }`;
const UNLINK = `mutation ($id: ID!) { answer: unlinkProvider(identityId: $id) {
  __typename ... on UnlinkProviderPayload { ${IDENTITY} } ... on Error { code } } }`;

interface Change {
  readonly __typename: string;
  readonly code?: string;
  readonly identity: { readonly id: string; readonly provider: string; readonly email: string | null };
}

let google: OpenidProvider;
let gateway: Gateway;

beforeAll(async () => {
  google = await startOpenidProvider();
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ google }) } });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
});

async function ask(viewer: SignedIn, document: string, variables: Record<string, unknown>): Promise<Change> {
  return (await gateway.gql<{ answer: Change }>(document, variables, bearer(viewer.accessToken))).data.answer;
}
const link = async (viewer: SignedIn, person: Person, input: object = {}) =>
  ask(viewer, LINK, { input: { idToken: await google.idToken(person), ...input } });
const unlink = (viewer: SignedIn, id: string) => ask(viewer, UNLINK, { id });

async function identitiesOf({ accessToken }: SignedIn): Promise<Change['identity'][]> {
  const answer = await gateway.gql<{ identities: Change['identity'][] }>(
    '{ identities { id provider email } }',
    {},
    bearer(accessToken),
  );
  return answer.data.identities;
}

describe('linking a provider', () => {
  it('adds a way in, whatever address it has, and leaves the account’s own unverified', async () => {
    const [viewer, person] = [await signUp(gateway), somebody()];
    const { identity } = await link(viewer, person);
    expect(identity).toEqual({ id: expect.any(String), provider: 'google', email: person.email });
    expect(await identitiesOf(viewer)).toEqual([identity]);
    expect((await logInWithProvider(gateway, { idToken: await google.idToken(person) })).user.id).toBe(viewer.user.id);
    const events = await eventRows(gateway, viewer.user.id);
    expect(events.find(({ type }) => type === 'identity.linked')).toMatchObject({
      severity: 1,
      session_id: viewer.session.id,
      details: { provider: 'google' },
    });
    expect(await verifiedAt(viewer)).toBeNull();
  });

  it('verifies the account’s address where it is the provider’s, and only then', async () => {
    const viewer = await signUp(gateway);
    await link(viewer, { ...somebody(), email: viewer.user.email, email_verified: 'true' });
    expect(await verifiedAt(viewer)).toBeNull();
    await link(viewer, { ...somebody(), email: viewer.user.email.toUpperCase() });
    expect(await verifiedAt(viewer)).not.toBeNull();
  });

  const verifiedAt = async ({ user }: SignedIn) =>
    (await gateway.sql<{ at: Date | null }>('select email_verified_at as at from users where id = $1', [user.id]))[0]
      ?.at;

  it('succeeds again, and is noted once', async () => {
    const [viewer, person] = [await signUp(gateway), somebody()];
    const answers = [await link(viewer, person), await link(viewer, person)];
    expect(answers[1]).toEqual(answers[0]);
    expect((await eventTypes(gateway, viewer.user.id)).filter((type) => type === 'identity.linked')).toHaveLength(1);
  });

  it('takes nobody’s sign-in away', async () => {
    const [ann, bob, person] = [await signUp(gateway), await signUp(gateway), somebody()];
    await link(ann, person);
    expect(await link(bob, person)).toEqual({ __typename: 'IdentityTaken', code: 'IDENTITY_TAKEN' });
    expect(await identitiesOf(bob)).toEqual([]);
  });

  it('is done with the token that a refused sign-in left unused', async () => {
    const viewer = await signUp(gateway);
    await gateway.sql(`update users set roles = '{support}' where id = $1`, [viewer.user.id]);
    const idToken = await google.idToken({ ...somebody(), email: viewer.user.email });
    expect((await logInWithProvider(gateway, { idToken })).code).toBe('LOGIN_DENIED');
    expect((await ask(viewer, LINK, { input: { idToken } })).__typename).toBe('LinkProviderPayload');
    expect((await logInWithProvider(gateway, { idToken })).code).toBe('INVALID_CREDENTIALS');
  });

  it('is refused with a token that does not hold, and from a provider that there is not', async () => {
    const viewer = await signUp(gateway);
    expect((await link(viewer, somebody(), { nonce: 'n-1' })).code).toBe('INVALID_CREDENTIALS');
    expect((await link(viewer, somebody(), { provider: 'acme' })).code).toBe('INVALID_INPUT');
    expect(await identitiesOf(viewer)).toEqual([]);
  });

  it('is for signed-in users, and for sessions that have not ended', async () => {
    const input = { idToken: await google.idToken(somebody()) };
    expect((await gateway.gql(LINK, { input })).errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    const viewer = await signUp(gateway);
    const ended = `revoked_at = now() - interval '1 hour', revoke_reason = 'LOGOUT'`; // longer ago than the feed looks back
    await setSession(gateway, viewer.session.id, ended);
    const answer = await gateway.gql(LINK, { input }, bearer(viewer.accessToken));
    expect(answer.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  });
});

describe('unlinking a provider', () => {
  it('takes the way in away, and the sessions go on', async () => {
    const [viewer, person] = [await signUp(gateway), somebody()];
    const { identity } = await link(viewer, person);
    const other = await logInWithProvider(gateway, { idToken: await google.idToken(person) });
    expect(await unlink(viewer, identity.id.toUpperCase())).toEqual({ __typename: 'UnlinkProviderPayload', identity });
    expect(await identitiesOf(other)).toEqual([]);
    expect((await eventTypes(gateway, viewer.user.id)).at(-1)).toBe('identity.unlinked');
    const stranger = await logInWithProvider(gateway, { idToken: await google.idToken(person) });
    expect(stranger.user.id).not.toBe(viewer.user.id);
  });

  it('is refused for the last way in', async () => {
    const person = somebody();
    const viewer = await logInWithProvider(gateway, { idToken: await google.idToken(person) });
    const [only] = await identitiesOf(viewer);
    expect(await unlink(viewer, only!.id)).toEqual({ __typename: 'LastWayIn', code: 'LAST_WAY_IN' });
    const { identity } = await link(viewer, somebody());
    expect((await unlink(viewer, only!.id)).__typename).toBe('UnlinkProviderPayload');
    expect((await unlink(viewer, identity.id)).code).toBe('LAST_WAY_IN');
  });

  it('leaves one of two that are taken away at the same moment', async () => {
    const viewer = await logInWithProvider(gateway, { idToken: await google.idToken(somebody()) });
    await link(viewer, somebody());
    const both = await identitiesOf(viewer);
    const held = { text: 'select from users where id = $1 for update', values: [viewer.user.id], waiting: 2 };
    const answers = await commitUnder(gateway.databaseUrl, held, () =>
      Promise.all(both.map(({ id }) => unlink(viewer, id))),
    );
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['LastWayIn', 'UnlinkProviderPayload']);
  });

  it('finds nobody else’s', async () => {
    const [ann, bob] = [await signUp(gateway), await signUp(gateway)];
    const { identity } = await link(ann, somebody());
    for (const id of [identity.id, randomUUID(), 'not-an-id', '\u0000'])
      expect((await unlink(bob, id)).code).toBe('NOT_FOUND');
    expect(await identitiesOf(ann)).toHaveLength(1);
  });
});
