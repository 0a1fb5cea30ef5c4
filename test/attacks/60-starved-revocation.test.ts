import pg from 'pg';
import { REVOCATIONS_CHANNEL } from '../../src/storage/listener.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

const RENAMES = Array.from({ length: 14 }, (_, nth) => `a${nth}: renameDevice(deviceId: "x", name: "") { __typename }`);
const REVOKE = `mutation ($id: ID) { answer: revoke(input: { sessionId: $id }) { __typename } }`;
const OTHERS = 'mutation { answer: revokeOthers { __typename ... on RevokeManyPayload { revokedCount } } }';

type Ended = Record<'answer', { readonly __typename: string; readonly revokedCount?: number }>;

describe('60: an intruder with a session of its own', () => {
  let gateway: Gateway;
  beforeEach(async () => (gateway = await startGateway()));
  afterEach(() => gateway.close());

  const ask = async ({ accessToken }: SignedIn, document: string, variables = {}) =>
    (await gateway.gql<Ended>(document, variables, bearer(accessToken))).data.answer;

  async function withIntruder(): Promise<{ owner: SignedIn; intruder: SignedIn }> {
    const owner = await signUp(gateway);
    return { owner, intruder: await logIn(gateway, { email: owner.user.email }) };
  }

  /** A hundred and forty times, malformed, and as often as sessions can be ended. */
  async function spendAll(intruder: SignedIn): Promise<void> {
    const rename = () => gateway.gql(`mutation { ${RENAMES.join(' ')} }`, {}, bearer(intruder.accessToken));
    await Promise.all(Array.from({ length: 10 }, rename));
    await Promise.all(Array.from({ length: 70 }, () => ask(intruder, REVOKE, { id: 'none' })));
  }

  it.each([
    ['ends it', (owner: SignedIn, intruder: SignedIn) => ask(owner, REVOKE, { id: intruder.session.id })],
    ['ends all others', (owner: SignedIn) => ask(owner, OTHERS)],
    ['ends all', (owner: SignedIn) => ask(owner, OTHERS.replace('revokeOthers', 'revokeAll'))],
    [
      'signs out with a refresh token',
      async ({ refreshToken }: SignedIn) => {
        const body = JSON.stringify({ refreshToken });
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${gateway.url}/api/auth/logout`, { method: 'POST', headers, body });
        return { __typename: answer.ok ? 'RevokePayload' : String(answer.status) };
      },
    ],
  ])('cannot spend what the owner needs, who %s', async (_, end) => {
    const { owner, intruder } = await withIntruder();
    await spendAll(intruder);
    expect((await end(owner, intruder)).__typename).toMatch(/^Revoke(Many)?Payload$/);
  });

  it('takes nothing from what the owner may change, by what is malformed', async () => {
    const { owner, intruder } = await withIntruder();
    const another = await logIn(gateway, { email: owner.user.email });
    for (const each of [intruder, another, await logIn(gateway, { email: owner.user.email })]) await spendAll(each);

    const rename = `mutation { answer: renameDevice(deviceId: "${owner.session.device.id}", name: "Mine") { __typename } }`;
    expect((await ask(owner, rename)).__typename).toBe('RenameDevicePayload');
  });

  it('writes nothing and wakes no gateway by ending again what has ended', async () => {
    const { owner, intruder } = await withIntruder();
    await ask(owner, REVOKE, { id: intruder.session.id });
    const written = () =>
      gateway.sql(
        'SELECT xmin::text, revoked_at FROM sessions UNION ALL SELECT id::text, occurred_at FROM security_events ORDER BY 1',
      );
    const before = await written();

    const listener = new pg.Client({ connectionString: gateway.databaseUrl });
    await listener.connect();
    const heard: string[] = [];
    listener.on('notification', ({ payload = '' }) => heard.push(payload));
    await listener.query(`LISTEN ${REVOCATIONS_CHANNEL}`);

    for (let again = 0; again < 20; again += 1) {
      expect((await ask(owner, REVOKE, { id: intruder.session.id })).__typename).toBe('RevokePayload');
      expect(await ask(owner, OTHERS)).toMatchObject({ revokedCount: 0 });
    }
    await listener.query('SELECT 1'); // what was notified before has been delivered with its answer
    await listener.end();
    expect(await written()).toEqual(before);
    expect(heard).toEqual([]);
  });
});
