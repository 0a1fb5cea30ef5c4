import { idWithShard, newId, shardOf } from '../../src/storage/ids.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const shardIn = (id: string) => Number.parseInt(id.slice(15, 18), 16);

describe('the shard of a user', () => {
  it('stands in the ids of all that is theirs, whichever statement made them', async () => {
    const { user, refreshToken, accessToken } = await signUp(gateway);
    await logIn(gateway, { email: user.email });
    await logIn(gateway, { email: user.email, password: 'another' });
    await refreshWith(gateway, refreshToken);
    await gateway.gql('mutation { revoke { __typename } }', {}, bearer(accessToken));
    const rows = await gateway.sql<{ id: string; kind: string }>(
      `select id, 'sessions' as kind from sessions where user_id = $1
       union all select id, 'devices' from devices where user_id = $1
       union all select id, type from security_events where user_id = $1
       union all select id, 'users' from users where id = $1`,
      [user.id],
    );
    const kinds = new Set(rows.map(({ kind }) => kind));
    const events = ['login.succeeded', 'login.failed', 'session.refreshed', 'session.revoked'];
    for (const kind of ['users', 'sessions', 'devices', ...events]) expect(kinds).toContain(kind);
    expect(rows.map(({ id }) => shardIn(id))).toEqual(rows.map(() => shardOf(user.id)));
  });

  it('is the same where SQL works it out, and leaves the rest of an id as it was', async () => {
    const users = Array.from({ length: 200 }, newId);
    const made = newId();
    const rows = await gateway.sql<{ id: string }>(
      `select ${idWithShard('$2::uuid', 'u.id')} as id from unnest($1::uuid[]) with ordinality as u (id, at) order by at`,
      [users, made],
    );
    expect(rows.map(({ id }) => shardIn(id))).toEqual(users.map(shardOf));
    for (const { id } of rows) expect(id.slice(0, 15) + id.slice(18)).toBe(made.slice(0, 15) + made.slice(18));
  });

  it('of an event without a user is its own', async () => {
    await gateway.gql(`mutation { login(input: { email: "nobody@example.com", password: "x" }) { __typename } }`);
    const [event] = await gateway.sql<{ id: string }>('select id from security_events where user_id is null');
    expect(shardIn(event!.id)).toBe(shardOf(event!.id));
  });
});
