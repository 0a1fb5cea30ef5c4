import { PROGRAMS, startDebianPostgres } from '../support/debian-postgres.js';
import { commandsOf, walk } from '../support/operations-walk.js';

/** Signs in once more, and keeps the refresh token. */
const SIGN_IN = `post() { curl --silent http://localhost:4000/graphql --header 'content-type: application/json' --data "$1"; }
refresh_token=$(post '{
  "query": "mutation ($input: LoginInput!) { login(input: $input) { ... on AuthPayload { refreshToken } } }",
  "variables": { "input": { "email": "admin@example.com", "password": "larch-quay-72-umber", "delivery": "BODY" } }
}' | grep --only-matching 'fgr_[A-Za-z0-9_-]*')`;
/** Signs in once more, after the back-up, and keeps the access token. */
const SIGN_IN_LATER = `access_token=$(post '{
  "query": "mutation ($input: LoginInput!) { login(input: $input) { ... on AuthPayload { accessToken } } }",
  "variables": { "input": { "email": "admin@example.com", "password": "larch-quay-72-umber", "delivery": "BODY" } }
}' | grep --only-matching 'ey[A-Za-z0-9_.-]*')`;
const ME = `curl --silent http://localhost:4000/graphql --header 'content-type: application/json' \\
  --header "authorization: Bearer $access_token" --data '{ "query": "{ me { id } }" }'`;
/** The gateway that went on running meanwhile reads the keys every 15 s. */
const ME_UNTIL_REFUSED = `for again in $(seq 60); do me=$(${ME}); [[ $me != *UNAUTHENTICATED* ]] || break; sleep 0.5; done
echo "$me"`;
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
        ...[SIGN_IN, backUp, presented('revoke', 'RevokeInput'), SIGN_IN_LATER, ME],
        ...[
          lose,
          rolesAgain,
          restore,
          afterRestore,
          check,
          presented('refresh', 'RefreshInput'),
          ME_UNTIL_REFUSED,
          watch,
        ],
      ],
    });

    expect(printed[1]).toMatch(/^Applied 20261124000000-initial, /);
    expect(printed[3]).toMatch(/PostgreSQL 15\./);
    expect(printed[3]).not.toMatch(/WARNING|FAILED/);
    expect(printed[5]).toContain('{"data":{"login":{"__typename":"AuthPayload"}}}');
    expect(printed[8]).toContain('"RevokePayload"');
    expect(printed[10]).toContain('"me":{"id":');
    // The one that was revoked after the back-up came back with it; the gateway that ran on may have ended it again already.
    expect(printed[14]).toMatch(/^(2 sessions|1 session) ended.*\nReplaced/s);
    expect(printed[15]).not.toMatch(/WARNING|FAILED|none yet/);
    expect(printed[16]).toContain('"SessionEnded"');
    expect(printed[17]).toContain('"UNAUTHENTICATED"'); // of a session that began after the back-up
    expect(printed[18]).toMatch(/hour +\| type +\| count/);
  });
});
