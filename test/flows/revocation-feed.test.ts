import { Client } from 'pg';
import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { eventually } from '../support/eventually.js';
import { runCommand } from '../support/fluxgate-command.js';
import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { createTestDatabase, query } from '../support/postgres.js';
import { createRoles } from '../support/roles-script.js';
import { setSession } from '../support/session-rows.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';
import { unsteadyNetwork } from '../support/unsteady-network.js';

/** Several nodes are one issuer. */
const env = { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };
const REVOKED = `revoked_at = now(), revoke_reason = 'REVOKED_BY_ADMIN'`;

/** As soon as there is a session on it; every other statement goes on working. */
const LIST_IS_NOT_READ = `
  create function refuse_list() returns boolean language plpgsql as $$ begin
    if current_query() like '%revoked_at > greatest(%' then raise 'the list cannot be read'; end if;
    return true;
  end $$;
  create policy no_list on sessions using (refuse_list());
  alter table sessions enable row level security;`;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(() => gateway.close());

async function statusWith({ accessToken }: Pick<SignedIn, 'accessToken'>, node = gateway): Promise<number> {
  return (await node.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

/** Ends a session behind every node's back, so that nothing is notified, and waits until a node has heard of it. */
async function eventuallyRefused(node: Gateway): Promise<void> {
  const signedIn = await signUp(gateway);
  expect(await statusWith(signedIn, node)).toBe(200);
  await setSession(gateway, signedIn.session.id, REVOKED);
  await eventually(
    () => statusWith(signedIn, node),
    (status) => status === 401,
  );
}

/** The server's processes that read the feed, which a node does every second on one connection. */
async function feedPids(): Promise<number[]> {
  const rows = await gateway.sql<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
     and query like '%revoked_at > greatest(%' and state_change > now() - interval '2 seconds'`,
  );
  return rows.map(({ pid }) => pid);
}

function eventuallyFeedPids(count: number): Promise<number[]> {
  return eventually(feedPids, (pids) => pids.length === count);
}

describe('a node that is told of nothing', () => {
  it('reads who was revoked from the database', async () => {
    await eventuallyRefused(gateway);
  });
});

describe('a node whose connection for notifications', () => {
  it('is ended goes on reading, and opens another', async () => {
    const [pid] = await eventuallyFeedPids(1);
    await gateway.sql('select pg_terminate_backend($1)', [pid]);
    await eventuallyRefused(gateway);
    await eventually(feedPids, (pids) => pids.some((other) => other !== pid));
  });

  it('hangs goes on reading, and opens another', async () => {
    const network = await unsteadyNetwork(gateway.databaseUrl);
    const node = await startGateway({
      env: { ...env, DATABASE_DIRECT_URL: network.url },
      databaseUrl: gateway.databaseUrl,
    });
    try {
      const pids = await eventuallyFeedPids(2);
      network.lose();
      await eventuallyRefused(node);
      network.recover();
      await eventually(feedPids, (seen) => seen.length === 2 && seen.some((pid) => !pids.includes(pid)));
    } finally {
      await node.close();
      await network.close();
    }
  });

  it('cannot be opened at all goes on reading', async () => {
    const DATABASE_DIRECT_URL = `postgres://postgres:x@127.0.0.1:${await freePort()}/nowhere`;
    const node = await startGateway({ env: { ...env, DATABASE_DIRECT_URL }, databaseUrl: gateway.databaseUrl });
    try {
      await eventuallyRefused(node);
    } finally {
      await node.close();
    }
  });
});

describe('a node that cannot read the list any more', () => {
  it('asks the database about each session as soon as the list is 5 s old', async () => {
    const database = await createTestDatabase();
    const roles = await createRoles(database.url);
    const node = await startGateway({ env, databaseUrl: roles.serverUrl });
    try {
      const [one, other, listed] = [await signUp(node), await signUp(node), await signUp(node)];
      await node.gql('mutation { revoke { __typename } }', {}, bearer(listed.accessToken));
      await query(database.url, LIST_IS_NOT_READ);
      await eventually(
        async () => ((await (await fetch(`${node.url}/readyz`)).json()) as { revocations: boolean }).revocations,
        (fresh) => !fresh,
      );
      await setSession({ ...node, sql: (text, values) => query(database.url, text, values) }, one.session.id, REVOKED);
      expect([await statusWith(one, node), await statusWith(other, node)]).toEqual([401, 200]);
    } finally {
      await node.close();
      await database.drop();
    }
  });
});

describe('a node that is cut off from the database', () => {
  it('knows, when the database is back, who was revoked meanwhile', async () => {
    const signedIn = await signUp(gateway);
    expect(await statusWith(signedIn)).toBe(200);
    await takeDatabaseAway(gateway);
    await eventually(
      () => Promise.resolve(gateway.logLines.join('')),
      (log) => log.includes('the list of revoked sessions was not updated'),
    );
    await giveDatabaseBack(gateway);
    await setSession(gateway, signedIn.session.id, REVOKED);
    await eventually(
      () => statusWith(signedIn),
      (status) => status === 401,
    );
  });
});

describe('a statement that revokes', () => {
  let heard: string[];
  let ear: Client;
  beforeAll(async () => {
    ear = new Client({ connectionString: gateway.databaseUrl });
    await ear.connect();
    ear.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await ear.query('listen fluxgate_revocations');
  });
  beforeEach(() => (heard = []));
  afterAll(() => ear.end());

  const field = (document: string) => async (signedIn: SignedIn) => {
    expect((await gateway.gql(document, {}, bearer(signedIn.accessToken))).errors).toBeUndefined();
  };
  const command = async (...args: string[]) => {
    expect(await runCommand(args, { databaseUrl: gateway.databaseUrl })).toMatchObject({ code: 0 });
  };
  it.each<[string, (signedIn: SignedIn) => Promise<unknown>]>([
    ['revoke', field('mutation { revoke { __typename } }')],
    ['revokeAll', field('mutation { revokeAll { __typename } }')],
    ['a refresh with a token that is used again', presentFirstTokenAgain],
    ['fluxgate sessions revoke', ({ session }) => command('sessions', 'revoke', session.id)],
    ['fluxgate users disable', ({ user }) => command('users', 'disable', user.email)],
  ])('tells every node which session has ended: %s', async (_, end) => {
    const signedIn = await signUp(gateway);
    await end(signedIn);
    await eventually(
      () => Promise.resolve(heard),
      (ids) => ids.includes(signedIn.session.id),
    );
  });

  it('is the only one that does: signing in and refreshing tell nothing', async () => {
    const signedIn = await signUp(gateway);
    expect((await refreshWith(gateway, signedIn.refreshToken)).outcome).toBe('ROTATED');
    expect((await refreshWith(gateway, signedIn.refreshToken)).outcome).toBe('REPLAYED');
    await ear.query('select 1'); // what was notified before has been heard when this is answered
    expect(heard).toEqual([]);
  });

  it('is believed at once, whatever the list says', async () => {
    const signedIn = await signUp(gateway);
    await gateway.sql(`select pg_notify('fluxgate_revocations', $1)`, [signedIn.session.id]);
    await eventually(
      () => statusWith(signedIn),
      (status) => status === 401,
    );
  });
});

async function presentFirstTokenAgain({ refreshToken, session }: SignedIn): Promise<void> {
  await refreshWith(gateway, refreshToken);
  await setSession(gateway, session.id, `rotated_at = rotated_at - interval '1 hour'`);
  expect((await refreshWith(gateway, refreshToken)).reason).toBe('TOKEN_REUSE');
}
