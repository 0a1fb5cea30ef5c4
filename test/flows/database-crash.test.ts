import { migrateUp } from '../../src/storage/migrations.js';
import { allConnections } from '../support/all-connections.js';
import { createEmbeddedHome, type EmbeddedHome } from '../support/embedded-home.js';
import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { sessionRow } from '../support/session-rows.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const PEOPLE = 8;
const MAX_CONNECTIONS = 24;
const env = { FLUXGATE_RATE_LIMIT_SCALE: '100000', FLUXGATE_DATABASE_POOL: '4' };

let home: EmbeddedHome;
let gateway: Gateway;
beforeAll(async () => {
  home = await createEmbeddedHome();
  const { url } = await home.start({ fsync: 'off', max_connections: String(MAX_CONNECTIONS) });
  await migrateUp({ url, setting: 'DATABASE_URL' });
  gateway = await startGateway({ env, databaseUrl: url });
});
afterAll(async () => {
  await gateway.close();
  await home.remove();
});

const ready = async () => (await fetch(`${gateway.url}/readyz`)).status === 200;

interface Life {
  readonly sessionId: string;
  /** The newest token that was acknowledged. */
  refreshToken: string;
  /** Rotations that were acknowledged. */
  rotations: number;
}

/** Refreshes over and over, until the database does not answer. */
async function live(life: Life): Promise<void> {
  for (;;) {
    const refreshed = await refreshWith(gateway, life.refreshToken).catch(() => null);
    if (refreshed?.outcome !== 'ROTATED') return;
    life.refreshToken = refreshed.refreshToken;
    life.rotations += 1;
  }
}

describe('a database that crashes while people refresh', () => {
  it('has kept every rotation that was acknowledged, and every session goes on, without a restart', async () => {
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => signUp(gateway)));
    const lives = people.map(({ session, refreshToken }): Life => ({
      sessionId: session.id,
      refreshToken,
      rotations: 0,
    }));
    const ends = Promise.all(lives.map(live));
    await eventually(
      () => Promise.resolve(lives),
      (all) => all.every(({ rotations }) => rotations > 5),
    );
    await killInTheMiddle();
    await ends;

    await eventually(ready, Boolean);
    for (const life of lives) {
      const { refresh_counter: counter } = await sessionRow(gateway, life.sessionId);
      expect([life.rotations, life.rotations + 1]).toContain(Number(counter)); // one may have lost its answer
      expect(['ROTATED', 'REPLAYED']).toContain((await refreshWith(gateway, life.refreshToken)).outcome);
    }
  });

  /** One of the server's processes is killed: it ends all the others, and recovers from its log. */
  async function killInTheMiddle(): Promise<void> {
    const busy = await eventually(
      () =>
        gateway.sql<{ pid: number }>(
          `select pid from pg_stat_activity where state = 'active' and query like '%UPDATE sessions%' and pid <> pg_backend_pid()`,
        ),
      (rows) => rows.length > 0,
    );
    process.kill(busy[0]!.pid, 'SIGKILL');
  }
});

describe('a server that has no connection to spare', () => {
  it('is 503 and when to come again, until it has', async () => {
    const signedIn: SignedIn = await signUp(gateway);
    const me = () => gateway.gql('{ me { id } }', {}, bearer(signedIn.accessToken));
    const connections = allConnections(gateway.databaseUrl);
    try {
      const refused = await eventually(
        () => connections.take().then(me),
        ({ status }) => status !== 200,
      );
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    } finally {
      await connections.letGo();
    }
    await eventually(me, ({ status }) => status === 200);
  });
});
