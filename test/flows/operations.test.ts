import { createRoles, dropRoles, type Roles } from '../support/roles-script.js';
import { runCommand } from '../support/fluxgate-command.js';
import { startGateway, TEST_SECRET } from '../support/gateway.js';
import { createEmptyDatabase, query, type TestDatabase } from '../support/postgres.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly saw: string;
  readonly advice: string | null;
}

let database: TestDatabase;
let roles: Roles;

beforeAll(async () => {
  database = await createEmptyDatabase();
  roles = await createRoles(database.url);
});
afterAll(async () => {
  const administration = new URL(database.url);
  administration.pathname = '/postgres';
  await database.drop();
  await dropRoles(administration.href, roles);
});

const asServer = (...args: string[]) => runCommand(args, { databaseUrl: roles.serverUrl });

async function doctor(
  env: Record<string, string> = {},
): Promise<{ code: number | string; byCheck: Map<string, Finding> }> {
  const { code, stdout } = await runCommand(['doctor', '--json'], { databaseUrl: roles.serverUrl, env });
  return { code, byCheck: new Map((JSON.parse(stdout) as Finding[]).map((finding) => [finding.check, finding])) };
}

describe('a bare PostgreSQL, from the role script to the first sign-in', () => {
  it('is refused while it is empty, by the server and by doctor', async () => {
    const { code, stderr } = await asServer('users', 'list');
    expect(code).toBe(1);
    expect(stderr).toContain('fluxgate migrate up');
    expect(stderr).not.toContain(roles.server.concat('@'));
    expect((await doctor()).byCheck.get('migrations')).toMatchObject({ outcome: 'failed' });
  });

  it('is migrated by its owner, and not by the server', async () => {
    expect((await asServer('migrate', 'up')).code).toBe(1);
    const env = { FLUXGATE_MIGRATION_DATABASE_URL: roles.ownerUrl };
    const { code } = await runCommand(['migrate', 'up'], { databaseUrl: roles.serverUrl, env });
    expect(code).toBe(0);
  });

  it('is then healthy, and serves with the rights of the server alone', async () => {
    const gateway = await startGateway({ databaseUrl: roles.serverUrl });
    try {
      const { user, refreshToken } = await signUp(gateway);
      expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
      expect((await refreshWith(gateway, refreshToken)).outcome).toBe('ROTATED');
      await expect(gateway.sql('DROP TABLE users')).rejects.toThrow(/must be owner/);
    } finally {
      await gateway.close();
    }
    const { code, byCheck } = await doctor();
    expect(code).toBe(0);
    expect([...byCheck.values()].filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  });
});

describe('fluxgate doctor', () => {
  it('names a privilege that is missing', async () => {
    await query(database.url, `REVOKE UPDATE ON sessions FROM ${roles.server}`);
    try {
      const { code, byCheck } = await doctor();
      expect(code).toBe(1);
      expect(byCheck.get('privileges')).toMatchObject({
        outcome: 'failed',
        saw: expect.stringContaining('sessions') as unknown,
      });
    } finally {
      await query(database.url, `GRANT UPDATE ON sessions TO ${roles.server}`);
    }
  });

  it('sees that the secret is another one than the keys were encrypted with', async () => {
    const { code, byCheck } = await doctor({ FLUXGATE_SECRET: TEST_SECRET.split('').reverse().join('') });
    expect(code).toBe(1);
    expect(byCheck.get('signing keys')).toMatchObject({ outcome: 'failed' });
  });

  it('says that the database cannot be reached, once, and without its password', async () => {
    const { code, stdout } = await runCommand(['doctor'], {
      databaseUrl: 'postgres://me:hidden-word@127.0.0.1:1/none',
    });
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED');
    expect(stdout).not.toContain('hidden-word');
  });

  it('reports a setting that is wrong', async () => {
    const { code, byCheck } = await doctor({ PORT: 'none' });
    expect(code).toBe(1);
    expect(byCheck.get('configuration')).toMatchObject({
      outcome: 'failed',
      saw: expect.stringContaining('PORT') as unknown,
    });
  });
});
