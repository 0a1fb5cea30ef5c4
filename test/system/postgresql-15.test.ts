import { PROGRAMS, startDebianPostgres } from '../support/debian-postgres.js';
import { commandsOf, walk } from '../support/operations-walk.js';

/** Signs in once more, and keeps the refresh token. */
const SIGN_IN = `post() { curl --silent http://localhost:4000/graphql --header 'content-type: application/json' --data "$1"; }
refresh_token=$(post '{
  "query": "mutation ($input: LoginInput!) { login(input: $input) { ... on AuthPayload { refreshToken } } }",
  "variables": { "input": { "email": "admin@example.com", "password": "larch-quay-72-umber", "delivery": "BODY" } }
}' | grep --only-matching 'fgr_[A-Za-z0-9_-]*')`;
const presented = (field: string, payload: string) =>
  `post '{ "query": "mutation ($input: ${payload}!) { ${field}(input: $input) { __typename } }",
  "variables": { "input": { "refreshToken": "'"$refresh_token"'" } } }'`;

let postgres: Awaited<ReturnType<typeof startDebianPostgres>>;
beforeAll(async () => (postgres = await startDebianPostgres()));
afterAll(() => postgres.stop());

describe('PostgreSQL 15, by the commands of docs/operations.md', () => {
  it('goes from a bare server to the first sign-in, through a back-up, and back', async () => {
    const [roles = '', tables = '', settings = '', check = '', serve = '', account = ''] =
      commandsOf('Your own PostgreSQL');
    const [backUp = '', restore = '', afterRestore = ''] = commandsOf('Back-up and restore');
    const [watch = ''] = commandsOf('What to watch');
    const lose = `psql "$admin_url" --command 'DROP DATABASE fluxgate WITH (FORCE)'`;
    const rolesAgain = roles.slice(roles.indexOf('psql "$admin_url"')); // with the passwords that they have
    const printed = await walk({
      adminUrl: postgres.adminUrl,
      programs: PROGRAMS,
      blocks: [
        ...[roles, tables, settings, check, serve, account],
        ...[SIGN_IN, backUp, presented('revoke', 'RevokeInput')],
        ...[lose, rolesAgain, restore, afterRestore, check, presented('refresh', 'RefreshInput'), watch],
      ],
    });

    expect(printed[1]).toMatch(/^Applied 20261124000000-initial, /);
    expect(printed[3]).toMatch(/PostgreSQL 15\./);
    expect(printed[3]).not.toMatch(/WARNING|FAILED/);
    expect(printed[5]).toContain('{"data":{"login":{"__typename":"AuthPayload"}}}');
    expect(printed[8]).toContain('"RevokePayload"');
    expect(printed[12]).toMatch(/^2 sessions /); // the one that was revoked after the back-up came back with it
    expect(printed[13]).not.toMatch(/WARNING|FAILED|none yet/);
    expect(printed[14]).toContain('"SessionEnded"');
    expect(printed[15]).toMatch(/hour +\| type +\| count/);
  });
});
