import { createEmbeddedHome, type EmbeddedHome } from '../support/embedded-home.js';
import { commandsOf, walk } from '../support/operations-walk.js';

const HOUR_OLD_KEYS = `psql "$fluxgate_admin_url" --command "UPDATE signing_keys SET created_at = now() - interval '1 hour'"`;

let home: EmbeddedHome;
let adminUrl: string;
beforeAll(async () => {
  home = await createEmbeddedHome();
  adminUrl = (await home.start()).url;
  await walk({ adminUrl, blocks: [`admin_url='postgres://postgres@db.example.com:5432/postgres'\n${DROP_OURS}`] });
});
afterAll(() => home.remove());

/** The embedded server comes with a database of that name: a bare one has none. */
const DROP_OURS = `psql "$admin_url" --command 'DROP DATABASE fluxgate'`;

describe('the commands of docs/operations.md', () => {
  it('lead from a bare server to the first sign-in, and on to new keys and the end of all sessions', async () => {
    const [roles = '', tables = '', settings = '', check = '', serve = '', account = ''] =
      commandsOf('Your own PostgreSQL');
    const afterRestore = commandsOf('Back-up and restore').at(-1) ?? '';
    const [keys = ''] = commandsOf('Keys and secrets');
    const [watch = ''] = commandsOf('What to watch');
    const printed = await walk({
      adminUrl,
      blocks: [roles, tables, settings, check, serve, account, HOUR_OLD_KEYS, keys, watch, afterRestore],
    });

    expect(printed[1]).toMatch(/^Applied 20261124000000-initial, /);
    expect(printed[3]).toMatch(/^ok +configuration/);
    expect(printed[3]).not.toMatch(/WARNING|FAILED/);
    expect(printed[5]).toMatch(/^Created admin@example\.com: /);
    expect(printed[5]).toContain('{"data":{"login":{"__typename":"AuthPayload"}}}');
    expect(printed[7]).toMatch(/^kid .*\n(.*\n){2}Rotated: /);
    expect(printed[9]).toMatch(/^1 session .*\nReplaced/s);
  });
});
