import { fileURLToPath } from 'node:url';
import { createPasswordHasher } from '../../src/domain/password/hasher.js';
import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { setSession } from '../support/session-rows.js';
import { refreshWith, signUp } from '../support/sign-in.js';
import { unsteadyNetwork } from '../support/unsteady-network.js';

const LINK = `mutation ($idToken: String!) { linkProvider(input: { idToken: $idToken }) { __typename } }`;

let google: OpenidProvider;
let gateway: Gateway;
beforeAll(async () => {
  google = await startOpenidProvider();
  gateway = await startGateway({ env: providerEnv({ google }) });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
});

it('76. a session that was stamped as ended before the last read, and committed after it, is refused within seconds', async () => {
  const { session, accessToken } = await signUp(gateway);
  await setSession(
    gateway,
    session.id,
    `revoked_at = now() - interval '20 seconds', revoke_reason = 'REVOKED_BY_ADMIN'`,
  );
  await eventually(
    async () => (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status,
    (status) => status === 401,
  );
});

it('76. the access token of a session that a reused token has ended is refused at once, by a node that hears of nothing', async () => {
  const network = await unsteadyNetwork(gateway.databaseUrl);
  const env = { DATABASE_DIRECT_URL: network.url };
  const node = await startGateway({ env, databaseUrl: gateway.databaseUrl });
  try {
    const { session, refreshToken: first } = await signUp(node);
    const { refreshToken: second } = await refreshWith(node, first);
    const { accessToken } = await refreshWith(node, second);
    await setSession(node, session.id, `rotated_at = rotated_at - interval '1 hour'`);
    expect((await node.gql('{ me { id } }', {}, bearer(accessToken))).status).toBe(200);
    network.lose();
    expect(await refreshWith(node, first)).toMatchObject({ reason: 'TOKEN_REUSE' });
    expect((await node.gql('{ me { id } }', {}, bearer(accessToken))).status).toBe(401);
  } finally {
    await node.close();
    await network.close();
  }
});

it('76. linking waits for whoever ends the session, and then links nothing', async () => {
  const { user, session, accessToken } = await signUp(gateway);
  const idToken = await google.idToken(somebody());
  const ends = `with held as (select id from users where id = $2 for no key update)
    update sessions set revoked_at = now(), revoke_reason = 'LOGOUT' from held where sessions.id = $1`;
  const answer = await commitUnder(gateway.databaseUrl, { text: ends, values: [session.id, user.id] }, () =>
    gateway.gql(LINK, { idToken }, bearer(accessToken)),
  );
  expect(answer.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  expect(await gateway.sql('select from identities where user_id = $1', [user.id])).toEqual([]);
});

it('76. a hashing thread inherits nothing of the process’s environment', async () => {
  const filename = fileURLToPath(new URL('../support/environment-worker.mjs', import.meta.url));
  const hasher = createPasswordHasher({ threads: 1, queueLimit: 1, filename });
  try {
    expect(await hasher.hash('whatever')).toBe('{}');
  } finally {
    await hasher.close();
  }
});
