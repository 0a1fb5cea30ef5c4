import type { Finding } from '../../src/cli/doctor/finding.js';
import { eventually } from '../support/eventually.js';
import { runCommand } from '../support/fluxgate-command.js';
import { bearer, freePort, startGateway, TEST_SECRET, type Gateway } from '../support/gateway.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { refreshWith, signUp } from '../support/sign-in.js';
import { unsteadyNetwork, type UnsteadyNetwork } from '../support/unsteady-network.js';

const SHORT = { FLUXGATE_DATABASE_CONNECT_TIMEOUT: '1', FLUXGATE_DATABASE_STATEMENT_TIMEOUT: '1' };

let database: TestDatabase;
/** Two ways to one server stand for two servers. */
let one: UnsteadyNetwork;
let two: UnsteadyNetwork;
let nobody: string;
beforeAll(async () => {
  database = await createTestDatabase();
  one = await unsteadyNetwork(database.url);
  two = await unsteadyNetwork(database.url);
  nobody = `127.0.0.1:${await freePort()}`;
});
afterAll(async () => {
  await one.close();
  await two.close();
  await database.drop();
});

/** The database's URL with other hosts. */
function at(...hosts: readonly string[]): string {
  return database.url.replace(new URL(database.url).host, hosts.join(','));
}
const hostOf = ({ url }: UnsteadyNetwork) => new URL(url).host;

/** What no read tells, a notification does. */
async function untilItHears(gateway: Gateway): Promise<void> {
  const { accessToken, session } = await signUp(gateway);
  await eventually(
    async () => {
      await query(database.url, `select pg_notify('fluxgate_revocations', $1)`, [session.id]);
      return (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;
    },
    (status) => status === 401,
  );
}

describe('a DATABASE_URL of several hosts', () => {
  it.each([
    ['the last', () => at(nobody, hostOf(one))],
    ['the first', () => `${at(hostOf(one), nobody)}?target_session_attrs=read-write`],
  ])('is served from the one that is there, by the pool and the feed: %s', async (_, url) => {
    const gateway = await startGateway({ databaseUrl: url() });
    try {
      const { refreshToken } = await signUp(gateway);
      expect((await refreshWith(gateway, refreshToken)).outcome).toBe('ROTATED');
      await untilItHears(gateway);
    } finally {
      await gateway.close();
    }
  });

  it('is served from another one when the first is gone without a word', async () => {
    const gateway = await startGateway({ env: SHORT, databaseUrl: at(hostOf(one), hostOf(two)) });
    try {
      let { refreshToken } = await signUp(gateway);
      for (const [gone, back] of [
        [one, two],
        [two, one],
      ] as const) {
        gone.lose();
        const refreshed = await eventually(
          () => refreshWith(gateway, refreshToken).catch(() => null),
          (answer) => answer !== null && answer !== undefined,
        );
        expect(['ROTATED', 'REPLAYED']).toContain(refreshed?.outcome);
        refreshToken = refreshed!.refreshToken;
        gone.recover();
        back.recover();
      }
    } finally {
      await gateway.close();
    }
  });

  it('is served again, and hears of revocations again, when all of them have been away', async () => {
    const gateway = await startGateway({ env: SHORT, databaseUrl: at(hostOf(one), hostOf(two)) });
    const ready = async () => (await fetch(`${gateway.url}/readyz`)).status;
    try {
      await untilItHears(gateway);
      one.lose();
      two.lose();
      await eventually(ready, (status) => status === 503);
      await eventually(
        () => Promise.resolve(gateway.logLines.filter((line) => line.includes('was not updated'))),
        (failures) => failures.length > 3, // by then every connection has been given up, and sought in vain
      );
      one.recover();
      two.recover();
      await eventually(ready, (status) => status === 200);
      await untilItHears(gateway);
    } finally {
      await gateway.close();
    }
  });

  it('is where commands go, migrations among them', async () => {
    const env = { FLUXGATE_SECRET: TEST_SECRET };
    const databaseUrl = at(nobody, hostOf(two));
    expect(await runCommand(['migrate', 'up'], { databaseUrl, env })).toMatchObject({ code: 0 });
    expect(await runCommand(['users', 'list', '--json'], { databaseUrl, env })).toMatchObject({ code: 0 });
    const { stdout } = await runCommand(['doctor', '--json'], { databaseUrl, env });
    const found = JSON.parse(stdout) as Finding[];
    expect(found.find(({ check }) => check === 'database')).toMatchObject({ outcome: 'ok' });
    expect(found.find(({ check }) => check === 'signing keys')).toMatchObject({ outcome: 'ok' });
  });

  it('of which none can be used is told in one sentence, host by host and without the password', async () => {
    const elsewhere = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCommand(['serve'], {
      databaseUrl: at(nobody, elsewhere),
      env: { FLUXGATE_SECRET: TEST_SECRET, PORT: '0' },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^The database \\w+ at ${nobody}, ${elsewhere} cannot be used: ` +
          `${nobody}: nothing listens there: [^;]+; ${elsewhere}: nothing listens there: [^;]+\\.\n$`,
      ),
    );
    expect(stderr).not.toContain(new URL(database.url).password);
  });
});
