import { agedSessions, remaining } from '../support/aged-rows.js';
import { expectSentence } from '../support/expect-sentence.js';
import { runCommand } from '../support/fluxgate-command.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { holding } from '../support/postgres.js';

const CLEAN_UP_LOCK = ['select pg_advisory_xact_lock(4207114919)', []] as const;
const NOTHING = { sessions: 0, devices: 0, importedTokens: 0, proofs: 0, events: 0, keys: 0 };

let gateway: Gateway;
beforeAll(async () => (gateway = await startGateway()));
afterAll(() => gateway.close());

const command = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(['cleanup', ...args], { databaseUrl: gateway.databaseUrl, env });

describe('fluxgate cleanup', () => {
  it('counts first, removes then, and finds nothing afterwards', async () => {
    const { ids } = await agedSessions(gateway, 2, 200, `now(), now(), now() - interval '91 days', 'LOGOUT'`);
    expect(await command(['--dry-run'])).toEqual({
      code: 0,
      stdout:
        '2 sessions, 1 device, 0 imported tokens, 0 used proofs, 0 events and 0 keys would be removed (dry run: nothing was).\n',
      stderr: '',
    });
    expect(await remaining(gateway, 'sessions', ids)).toBe(2);
    expect(JSON.parse((await command(['--dry-run', '--json'])).stdout)).toEqual({
      ...NOTHING,
      sessions: 2,
      devices: 1,
    });

    expect((await command([])).stdout).toBe(
      'Removed 2 sessions, 1 device, 0 imported tokens, 0 used proofs, 0 events and 0 keys.\n',
    );
    expect(JSON.parse((await command(['--json'])).stdout)).toEqual(NOTHING);
  });

  it('goes by the retention that is set', async () => {
    const { ids } = await agedSessions(gateway, 1, 200, `now(), now(), now() - interval '3 days', 'LOGOUT'`);
    expect(JSON.parse((await command(['--json'])).stdout)).toEqual(NOTHING);
    const short = { FLUXGATE_SESSION_RETENTION_DAYS: '2' };
    expect(JSON.parse((await command(['--json'], short)).stdout)).toMatchObject({ sessions: 1 });
    expect(await remaining(gateway, 'sessions', ids)).toBe(0);
    expect((await command([], { FLUXGATE_SESSION_RETENTION_DAYS: '1' })).stderr).toBe(
      'FLUXGATE_SESSION_RETENTION_DAYS is "1": use a whole number from 2 to 3650.\n',
    );
  });

  it('leaves it to whoever is at it', async () => {
    await holding(gateway.databaseUrl, [CLEAN_UP_LOCK[0], []], async () =>
      expectSentence(await command([]), 'Another process is cleaning up at this moment: let it finish.'),
    );
  });
});
