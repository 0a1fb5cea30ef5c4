import { agedSessions, remaining } from '../support/aged-rows.js';
import { eventually } from '../support/eventually.js';
import { cleanUp as endProcesses, makeDataDir, startFluxgate } from '../support/fluxgate-process.js';
import { freePort, startGateway, TEST_SECRET, type Gateway } from '../support/gateway.js';
import { readMetrics, valueOf } from '../support/metrics.js';
import { lockWaiters } from '../support/open-transaction.js';
import { holding, query } from '../support/postgres.js';

const REVOKED = `now(), now() + interval '1 day', now() - interval '91 days', 'LOGOUT'`;
const EVERY_SECOND = { FLUXGATE_CLEANUP_INTERVAL: '1' };

let gateway: Gateway;
beforeEach(async () => (gateway = await startGateway()));
afterEach(async () => {
  await endProcesses();
  await gateway.close();
});

const untilGone = (ids: readonly string[]) =>
  eventually(
    () => remaining(gateway, 'sessions', ids),
    (left) => left === 0,
  );

/** How many sessions a gateway says, line by line, that it has removed. */
function removedBy({ logLines }: Gateway): number {
  return logLines
    .map((line) => JSON.parse(line) as { msg: string; removed?: { sessions: number } })
    .filter(({ msg }) => msg === 'removed what ended long ago')
    .reduce((sum, { removed }) => sum + (removed?.sessions ?? 0), 0);
}

const advisoryLocks = () =>
  query(
    gateway.databaseUrl,
    `select from pg_locks where locktype = 'advisory'
       and database = (select oid from pg_database where datname = current_database())`,
  );

describe('gateways that clean up', () => {
  it('remove each row once, two of them on one database, and tell of it in the log and the metrics', async () => {
    const port = await freePort();
    const { databaseUrl } = gateway;
    const { ids } = await agedSessions(gateway, 3_500, 100, REVOKED);
    const gateways = [
      await startGateway({ databaseUrl, env: { ...EVERY_SECOND, FLUXGATE_METRICS_PORT: String(port) } }),
      await startGateway({ databaseUrl, env: EVERY_SECOND }),
    ];
    await untilGone(ids);
    const [first, second] = await eventually(
      () => Promise.resolve(gateways.map(removedBy)),
      (removed) => removed.reduce((sum, one) => sum + one, 0) === ids.length,
    );
    const samples = await eventually(
      () => readMetrics(`http://127.0.0.1:${port}/metrics`),
      (seen) => valueOf(seen, 'fluxgate_cleanup_removed_total', { kind: 'sessions' }) === first,
    );
    expect(valueOf(samples, 'fluxgate_cleanup_age_seconds', {})).toBeLessThan(60);
    for (const one of gateways) await one.close();
    expect([removedBy(gateways[0]!), removedBy(gateways[1]!)]).toEqual([first, second]);
    expect(await advisoryLocks()).toEqual([]);
  });

  it('leave no lock and nothing half done when they are killed at it, and the next one goes on', async () => {
    const { ids, deviceId } = await agedSessions(gateway, 10, 100, REVOKED);
    const env = { ...EVERY_SECOND, DATABASE_URL: gateway.databaseUrl, FLUXGATE_SECRET: TEST_SECRET };
    const victim = await startFluxgate({ dataDir: await makeDataDir(), env });

    await holding(gateway.databaseUrl, ['lock table devices in access exclusive mode', []], async () => {
      await eventually(
        () => lockWaiters(gateway.databaseUrl),
        (waiters) => waiters.length > 0,
      );
      expect(await advisoryLocks()).toHaveLength(1);
      victim.signal('SIGKILL');
      await victim.ended;
    });
    await eventually(advisoryLocks, (locks) => locks.length === 0);
    expect(await remaining(gateway, 'sessions', ids)).toBe(ids.length);

    const next = await startGateway({ databaseUrl: gateway.databaseUrl, env: EVERY_SECOND });
    await untilGone(ids);
    expect(await remaining(gateway, 'devices', [deviceId])).toBe(0);
    await next.close();
  });

  it('go on answering while the database refuses to let them, and try again', async () => {
    const { ids } = await agedSessions(gateway, 1, 100, REVOKED);
    const one = await startGateway({
      databaseUrl: gateway.databaseUrl,
      env: { ...EVERY_SECOND, FLUXGATE_DATABASE_LOCK_TIMEOUT: '1' },
    });
    await holding(gateway.databaseUrl, ['lock table signing_keys in share mode', []], async () => {
      await eventually(
        () => Promise.resolve(one.logLines.join('')),
        (log) => log.includes('what ended long ago was not removed'),
      );
      expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
    });
    await untilGone(ids);
    await one.close();
  });

  it('are stopped at once, be the next round an hour away', async () => {
    const one = await startGateway({ databaseUrl: gateway.databaseUrl, env: { FLUXGATE_CLEANUP_INTERVAL: '3600' } });
    await one.close();
    expect(await advisoryLocks()).toEqual([]);
  });
});
