import type { Finding } from '../../src/cli/doctor/finding.js';
import { startDebianPostgres, startPgBouncer } from '../support/debian-postgres.js';
import { runCommand } from '../support/fluxgate-command.js';
import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { databaseUrl, query } from '../support/postgres.js';
import { createRoles, type Roles } from '../support/roles-script.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

const SERVER_CONNECTIONS = 4;
const PEOPLE = Array.from({ length: 12 }, (_, at) => at);
const REVOKE = `mutation ($input: RevokeInput!) { revoke(input: $input) { __typename } }`;

let postgres: Awaited<ReturnType<typeof startDebianPostgres>>;
let pooler: Awaited<ReturnType<typeof startPgBouncer>>;
let adminUrl: string;
let roles: Roles;
beforeAll(async () => {
  postgres = await startDebianPostgres();
  await query(postgres.adminUrl, 'create database pooled');
  adminUrl = databaseUrl(postgres.adminUrl, 'pooled');
  roles = await createRoles(adminUrl);
  pooler = await startPgBouncer(roles.serverUrl, { [roles.server]: roles.server, [roles.owner]: roles.owner });
});
afterAll(async () => {
  await pooler.stop();
  await postgres.stop();
});

describe('behind PgBouncer in transaction mode', () => {
  it('a gateway says which setting is missing', async () => {
    const { code, stderr } = await runCommand(['serve'], { databaseUrl: pooler.url, env: { PORT: '0' } });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /cannot be used: a pooler in transaction mode stands before it: set DATABASE_DIRECT_URL .*\.\n$/,
      ),
    ]);
  });

  it('migrations go past it', async () => {
    const env = { DATABASE_DIRECT_URL: roles.ownerUrl };
    const { code, stdout } = await runCommand(['migrate', 'up'], { databaseUrl: pooler.url, env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Applied /)]);
  });

  it('a wrong password and a database that it does not know are one sentence each', async () => {
    const env = { DATABASE_DIRECT_URL: roles.serverUrl };
    const wrong = new URL(pooler.url);
    wrong.password = 'hunter2';
    expect((await runCommand(['users', 'list'], { databaseUrl: wrong.href, env })).stderr).toMatch(
      /cannot be used: the role \w+ does not exist there or its password is another one: correct DATABASE_URL\.\n$/,
    );
    const absent = databaseUrl(pooler.url, 'absent');
    expect((await runCommand(['users', 'list'], { databaseUrl: absent, env })).stderr).toMatch(
      /cannot be used: there is no such database: create it, or correct DATABASE_URL\.\n$/,
    );
  });

  it('doctor finds nothing wrong', async () => {
    const env = { DATABASE_DIRECT_URL: roles.serverUrl, FLUXGATE_MIGRATION_DATABASE_URL: roles.ownerUrl };
    const { code, stdout } = await runCommand(['doctor', '--json'], { databaseUrl: pooler.url, env });
    expect((JSON.parse(stdout) as Finding[]).filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('two gateways behind PgBouncer in transaction mode', () => {
  let gateways: Gateway[];
  beforeAll(async () => {
    const env = { DATABASE_DIRECT_URL: roles.serverUrl, FLUXGATE_RATE_LIMIT_SCALE: '100', FLUXGATE_HASH_QUEUE: '100' };
    gateways = [
      await startGateway({ env, databaseUrl: pooler.url }),
      await startGateway({ env, databaseUrl: pooler.url }),
    ];
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
  });
  const gatewayOf = (at: number) => gateways[at % gateways.length]!;

  it('sign people up and in, refresh and revoke, many at once', async () => {
    const outcomes = await Promise.all(
      PEOPLE.map(async (at) => {
        const { user } = await signUp(gatewayOf(at));
        const { refreshToken } = await logIn(gatewayOf(at + 1), { email: user.email });
        const first = await refreshWith(gatewayOf(at), refreshToken);
        const second = await refreshWith(gatewayOf(at + 1), first.refreshToken);
        const revoked = await gatewayOf(at).gql<{ revoke: { __typename: string } }>(REVOKE, {
          input: { refreshToken: second.refreshToken },
        });
        const after = await refreshWith(gatewayOf(at + 1), second.refreshToken);
        return [first.outcome, second.outcome, revoked.data.revoke.__typename, after.reason];
      }),
    );
    expect(outcomes).toEqual(PEOPLE.map(() => ['ROTATED', 'ROTATED', 'RevokePayload', 'LOGOUT']));
  });

  it('rotate a token once, however often it comes at the same moment, and give all the same successor', async () => {
    const { refreshToken } = await signUp(gatewayOf(0));
    const answers = await Promise.all(PEOPLE.map((at) => refreshWith(gatewayOf(at), refreshToken)));
    expect(answers.filter(({ outcome }) => outcome === 'ROTATED')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'REPLAYED')).toHaveLength(PEOPLE.length - 1);
    expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
  });

  it('share the few connections that it has, with the time-outs of the role', async () => {
    const held = await query<{ count: number }>(
      adminUrl,
      `select count(*)::int from pg_stat_activity where usename = '${roles.server}'`,
    );
    expect(held[0]!.count).toBeGreaterThan(0);
    expect(held[0]!.count).toBeLessThanOrEqual(SERVER_CONNECTIONS + 2 * gateways.length); // one each hears of revocations, and one beats
    expect(await query(pooler.url, 'show statement_timeout')).toEqual([{ statement_timeout: '10s' }]);
  });
});

describe('a gateway that has not been told of the pooler before its database', () => {
  const SAYS = 'no notification comes through DATABASE_URL';

  it('says once that it hears nothing, and knows by reading what others revoke', async () => {
    const unnoticed = await startPgBouncer(roles.serverUrl, { [roles.server]: roles.server }, [
      'ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout',
    ]);
    const env = { FLUXGATE_DATABASE_PREPARE: 'off', FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };
    const node = await startGateway({ env, databaseUrl: unnoticed.url });
    const other = await startGateway({ env, databaseUrl: roles.serverUrl });
    try {
      const { accessToken } = await signUp(node);
      const refused = async () => (await node.gql('{ me { id } }', {}, bearer(accessToken))).status === 401;
      expect(await refused()).toBe(false);
      await other.gql('mutation { revoke { __typename } }', {}, bearer(accessToken));
      await eventually(refused, Boolean);
      await eventually(
        () => Promise.resolve(node.logLines.filter((line) => line.includes(SAYS))),
        (lines) => lines.length === 1,
      );
      expect(other.logLines.join('')).not.toContain(SAYS);
    } finally {
      await node.close();
      await other.close();
      await unnoticed.stop();
    }
  });
});
