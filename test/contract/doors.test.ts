import { startGateway, type Gateway } from '../support/gateway.js';
import { providerEnv, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { graphqlDoor, restDoor, type Door } from './doors.js';
import { createWorld, scenarios, type Scenario } from './scenarios.js';

const doors = { GraphQL: graphqlDoor, REST: restDoor };
let gateway: Gateway;
let google: OpenidProvider;

beforeAll(async () => {
  google = await startOpenidProvider();
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ google }) } });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
});

/** What the scenario was told, and what was recorded of it. */
async function play(scenario: Scenario, door: Door): Promise<{ told: unknown[]; events: string[] }> {
  await gateway.sql('TRUNCATE security_events');
  const told = await scenario.play(door, createWorld(gateway, google, door));
  const rows = await gateway.sql<{ event: string }>(
    `SELECT concat_ws(' ', type, severity, details->>'reason') AS event FROM security_events ORDER BY occurred_at, type`,
  );
  return { told, events: rows.map((row) => row.event) };
}

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
  it.each(Object.entries(doors))('through %s', async (_name, open) => {
    expect((await play(scenario, open(gateway))).told).toEqual(scenario.told);
  });

  it('is recorded alike, whichever door it came through', async () => {
    const byGraphql = await play(scenario, graphqlDoor(gateway));
    const byRest = await play(scenario, restDoor(gateway));
    expect(byRest.events.length).toBeGreaterThan(0);
    expect(byRest.events.sort()).toEqual(byGraphql.events.sort());
  });
});

describe('limits', () => {
  it('are one, whichever door counts them', async () => {
    const limited = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.2' } });
    try {
      const [graphql, rest] = [graphqlDoor(limited), restDoor(limited)];
      const outcomes: string[] = [];
      for (const door of [graphql, rest, graphql, rest, graphql, rest])
        outcomes.push((await door.login({ email: 'nobody@example.org', password: 'wrong' })).outcome);
      expect(outcomes).toEqual([...Array<string>(4).fill('INVALID_CREDENTIALS'), 'RATE_LIMITED', 'RATE_LIMITED']);
    } finally {
      await limited.close();
    }
  });
});
