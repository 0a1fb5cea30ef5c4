import { startProxy, type Proxy } from '../../faults/servers/proxy.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { refreshWith, signUp } from '../support/sign-in.js';

const NOWHERE_PORT = 1;
const env = { FLUXGATE_REFRESH_GRACE: '1', FLUXGATE_RATE_LIMIT_SCALE: '1000' };

/** Two gateways on one database, of which one has a way to it that can be cut. */
let other: Gateway;
let cutOff: Gateway;
let way: Proxy;
let databasePort: number;
beforeAll(async () => {
  other = await startGateway({ env });
  databasePort = Number(new URL(other.databaseUrl).port);
  way = await startProxy(databasePort);
  cutOff = await startGateway({ env, databaseUrl: way.via(other.databaseUrl) });
});
afterAll(async () => {
  await cutOff.close();
  await way.close();
  await other.close();
});

const logged = (message: string) => cutOff.logLines.filter((line) => line.includes(message)).length;
const gapSeconds = async () => {
  const [row] = await other.sql<{ seconds: number }>(
    'select coalesce(sum(extract(epoch from upper(gap) - lower(gap))), 0)::float8 as seconds from pulse, unnest(gaps) as gap',
  );
  return row!.seconds;
};

/** Refreshes by the way that can be cut, which loses the answer and is cut for longer than the window, and then mended. */
async function loseAnswer(refreshToken: string): Promise<void> {
  const before = logged('the database answers again');
  way.lose(['rotate-refresh-token'], 'drop answer', 1);
  await expect(refreshWith(cutOff, refreshToken)).rejects.toThrow(); // no data: the database is away
  way.heal();
  way.lead(NOWHERE_PORT);
  way.reset();
  const cutAtMs = Date.now();
  await eventually(
    () => Promise.resolve(Date.now() - cutAtMs),
    (ms) => ms > 4_000,
  );
  way.lead(databasePort);
  await eventually(
    () => Promise.resolve(logged('the database answers again')),
    (times) => times > before,
  );
}

describe('a gateway that was cut off while another one went on', () => {
  it('has the retry of a lost answer taken for what it is, on every gateway', async () => {
    const { refreshToken, session } = await signUp(cutOff);
    await loseAnswer(refreshToken);
    expect(await gapSeconds()).toBe(0);
    await eventually(
      () => other.sql(`select from sessions where id = '${session.id}' and unanswered is not null`),
      (rows) => rows.length === 1,
    );
    expect((await refreshWith(other, refreshToken)).outcome).toBe('REPLAYED');
  });

  it('has it so where the client comes back to it before anything else', async () => {
    const { refreshToken } = await signUp(cutOff);
    await loseAnswer(refreshToken);
    expect((await refreshWith(cutOff, refreshToken)).outcome).toBe('REPLAYED');
  });

  it('lengthens nothing for the others', async () => {
    const { refreshToken } = await signUp(cutOff);
    await refreshWith(cutOff, refreshToken);
    await loseAnswer((await signUp(cutOff)).refreshToken);
    expect((await refreshWith(other, refreshToken)).reason).toBe('TOKEN_REUSE');
  });
});
