import { eventually } from '../support/eventually.js';
import { cleanUp, makeDataDir, startFluxgate, type FluxgateProcess } from '../support/fluxgate-process.js';
import { TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { sendRaw } from '../support/raw-http.js';
import { aliveOf, untilGone, workersOf } from '../support/worker-processes.js';

let database: TestDatabase;
let fluxgate: FluxgateProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, FLUXGATE_SECRET: TEST_SECRET, FLUXGATE_WORKERS: '2' };
  fluxgate = await startFluxgate({ dataDir: await makeDataDir(), env });
});
afterAll(async () => {
  await cleanUp();
  await database.drop();
});

const health = () => sendRaw(fluxgate.url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

describe('workers that are killed', () => {
  it('leave none of their connections hanging: one that was on its way to it is answered by another', async () => {
    const [stuck = 0, other = 0] = aliveOf(workersOf(fluxgate)).slice(-2);
    process.kill(stuck, 'SIGSTOP');
    const statuses = Array.from({ length: 4 }, () => health().then(({ status }) => status));
    await Promise.any(statuses); // the other one has its turns: so the stuck one has been sent what is its
    process.kill(stuck, 'SIGKILL');
    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
    expect(aliveOf([stuck, other])).toEqual([other]);
  });

  it('are there again soon, however often all of them are killed', async () => {
    for (let round = 0; round < 4; round += 1) {
      const alive = await eventually(
        () => Promise.resolve(aliveOf(workersOf(fluxgate))),
        (workers) => workers.length > 0,
      );
      for (const pid of alive) process.kill(pid, 'SIGKILL');
      await untilGone(alive);
    }
    await eventually(
      () => Promise.resolve(aliveOf(workersOf(fluxgate))),
      (workers) => workers.length > 0,
    );
  });
});
