import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { readMetrics, valueOf } from '../support/metrics.js';
import { eventTypes } from '../support/security-event-rows.js';
import { refreshWith, signUp } from '../support/sign-in.js';

/** Several nodes are one issuer. */
const env = { FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };
const OFF_BY_SECONDS = 300;

let right: Gateway;
beforeAll(async () => {
  right = await startGateway({ env });
});
afterAll(() => right.close());

const told = ({ logLines }: Gateway) => logLines.filter((line) => line.includes('are apart: synchronise both'));

describe('a gateway whose clock is right', () => {
  it('says nothing of it', () => {
    expect(told(right)).toEqual([]);
  });
});

describe.each([
  ['ahead', OFF_BY_SECONDS],
  ['behind', -OFF_BY_SECONDS],
])('a gateway whose clock is five minutes %s', (_, seconds) => {
  let off: Gateway;
  let metricsUrl: string;
  beforeAll(async () => {
    const port = String(await freePort());
    metricsUrl = `http://127.0.0.1:${port}/metrics`;
    off = await startGateway({
      env: { ...env, FLUXGATE_METRICS_PORT: port },
      databaseUrl: right.databaseUrl,
      clock: () => new Date(Date.now() + seconds * 1000),
    });
  });
  afterAll(() => off.close());

  it('says so as it starts, and tells by how much', async () => {
    expect(told(off)).toHaveLength(1);
    expect(JSON.parse(told(off)[0]!)).toMatchObject({ level: 'warn', aheadSeconds: seconds });
    const samples = await readMetrics(metricsUrl);
    expect(valueOf(samples, 'fluxgate_clock_offset_seconds', {})).toBeCloseTo(seconds, 0);
  });

  it('refreshes, takes its own access tokens, and ends no session, by turns with one whose clock is right', async () => {
    const { user, ...signedIn } = await signUp(off);
    let { refreshToken } = signedIn;
    for (const gateway of [off, right, off, off, right]) {
      const refreshed = await refreshWith(gateway, refreshToken);
      expect(refreshed.outcome).toBe('ROTATED');
      ({ refreshToken } = refreshed);
      expect((await gateway.gql('{ me { id } }', {}, bearer(refreshed.accessToken))).status).toBe(200);
    }
    expect((await refreshWith(right, refreshToken)).outcome).toBe('ROTATED');
    expect((await refreshWith(off, refreshToken)).outcome).toBe('REPLAYED');
    expect(await eventTypes(right, user.id)).not.toContain('refresh.reused');
  });
});

describe('an access token of a gateway whose clock is ahead', () => {
  it.each([
    [30, 200],
    [OFF_BY_SECONDS, 401],
  ])('by %i s is answered by the others with %i', async (seconds, status) => {
    const ahead = await startGateway({
      env,
      databaseUrl: right.databaseUrl,
      clock: () => new Date(Date.now() + seconds * 1000),
    });
    try {
      const { accessToken } = await signUp(ahead);
      expect((await right.gql('{ me { id } }', {}, bearer(accessToken))).status).toBe(status);
    } finally {
      await ahead.close();
    }
  });
});
