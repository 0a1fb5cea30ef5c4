import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { eventually } from '../support/eventually.js';
import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { setSession } from '../support/session-rows.js';
import { signUp, type SignedIn } from '../support/sign-in.js';
import { unsteadyNetwork } from '../support/unsteady-network.js';

/** Several nodes are one issuer. */
const env = { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };
const REVOKED = `revoked_at = now(), revoke_reason = 'REVOKED_BY_ADMIN'`;

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
