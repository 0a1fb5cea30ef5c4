import { startGateway, type Gateway } from '../support/gateway.js';
import { providerEnv, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { graphqlClient, restClient, type Client } from './protocols.js';
import { createWorld, scenarios, type Scenario } from './scenarios.js';

const protocols = { GraphQL: graphqlClient, REST: restClient };
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
async function play(scenario: Scenario, client: Client): Promise<{ told: unknown[]; events: string[] }> {
  await gateway.sql('TRUNCATE security_events');
  const told = await scenario.play(client, createWorld(gateway, google, client));
  const rows = await gateway.sql<{ event: string }>(
    `SELECT concat_ws(' ', type, severity, details->>'reason') AS event FROM security_events ORDER BY occurred_at, type`,
  );
  return { told, events: rows.map((row) => row.event) };
}

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
  it.each(Object.entries(protocols))('through %s', async (_name, open) => {
    expect((await play(scenario, open(gateway))).told).toEqual(scenario.told);
  });

  it('is recorded alike, whichever protocol it came through', async () => {
    const byGraphql = await play(scenario, graphqlClient(gateway));
    const byRest = await play(scenario, restClient(gateway));
    expect(byRest.events.length).toBeGreaterThan(0);
    expect(byRest.events.sort()).toEqual(byGraphql.events.sort());
  });
});

describe('limits', () => {
  it('are one, whichever protocol counts them', async () => {
    const limited = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.2' } });
    try {
      const [graphql, rest] = [graphqlClient(limited), restClient(limited)];
      const outcomes: string[] = [];
      for (const client of [graphql, rest, graphql, rest, graphql, rest])
        outcomes.push((await client.login({ email: 'nobody@example.org', password: 'wrong' })).outcome);
      expect(outcomes).toEqual([...Array<string>(4).fill('INVALID_CREDENTIALS'), 'RATE_LIMITED', 'RATE_LIMITED']);
    } finally {
      await limited.close();
    }
  });
});
