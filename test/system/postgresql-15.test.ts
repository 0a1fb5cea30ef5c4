import { PROGRAMS, startDebianPostgres } from '../support/debian-postgres.js';
import { commandsOf, walk } from '../support/operations-walk.js';

let postgres: Awaited<ReturnType<typeof startDebianPostgres>>;
beforeAll(async () => (postgres = await startDebianPostgres()));
afterAll(() => postgres.stop());

describe('PostgreSQL 15, by the commands of docs/operations.md', () => {
  it('goes from a bare server to the first sign-in, through a back-up, and back', async () => {
    const [roles = '', tables = '', settings = '', check = '', serve = '', account = ''] =
      commandsOf('Your own PostgreSQL');
    const [backUp = '', restore = '', afterRestore = ''] = commandsOf('Back-up and restore');
    const lose = `psql "$admin_url" --command 'DROP DATABASE fluxgate WITH (FORCE)'`;
    const rolesAgain = roles.slice(roles.indexOf('psql "$admin_url"')); // with the passwords that they have
    const printed = await walk({
      adminUrl: postgres.adminUrl,
      programs: PROGRAMS,
      blocks: [
        ...[roles, tables, settings, check, serve, account],
        ...[backUp, lose, rolesAgain, restore, afterRestore, check],
      ],
    });

    expect(printed[1]).toMatch(/^Applied 20261124000000-initial, /);
    expect(printed[3]).toMatch(/PostgreSQL 15\./);
    expect(printed[3]).not.toMatch(/WARNING|FAILED/);
    expect(printed[5]).toContain('{"data":{"login":{"__typename":"AuthPayload"}}}');
    expect(printed[10]).toMatch(/^1 session /);
    expect(printed[11]).not.toMatch(/WARNING|FAILED|none yet/);
  });
});
