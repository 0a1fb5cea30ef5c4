import { bearer, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const EVENT = 'id type severity occurredAt userId sessionId ipAddress userAgent details';
const EVENTS_TWICE = 'securityEvents(first: 100) { edges { node { id type } } nodes { id type } }';

const PAGE = `{ securityEvents(first: 100) { nodes { ${EVENT} } } }`;
const PAGE_POINTS = 1_805;
const READ_POINTS = 12_000;

const aliased = (field: string) => `{ ${Array.from({ length: 20 }, (_, nth) => `a${nth}: ${field}`).join(' ')} }`;

describe('47: reads that ask for as much as can be asked for', () => {
  let gateway: Gateway;
  beforeAll(async () => (gateway = await startGateway()));
  afterAll(() => gateway.close());

  const ask = (document: string, { accessToken }: SignedIn, variables = {}): Promise<Answer> =>
    gateway.gql(document, variables, bearer(accessToken));

  it.each([
    ['twenty aliases', aliased(EVENTS_TWICE), {}, 20 * 705],
    [
      'twenty aliases of a fragment',
      `${aliased('securityEvents(first: 100) { ...Page }')}
       fragment Page on SecurityEventConnection { edges { node { ...E } } nodes { ...E } }
       fragment E on SecurityEvent { ${EVENT} }`,
      {},
      20 * 3_705,
    ],
    [
      'a length that a variable tells',
      aliased(EVENTS_TWICE).replaceAll('100', '$n').replace('{', 'query ($n: Int! = 1) {'),
      { n: 100 },
      20 * 705,
    ],
  ])('are refused before anything is executed: %s', async (_, document, variables, points) => {
    const answer = await ask(document, await signUp(gateway), variables);
    expect(answer.status).toBe(400);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(answer.errors?.[0]?.message).toContain(`can return ${points} points, and 4000 is the limit`);
    expect(gateway.logLines.at(-1)).not.toContain('securityEvents');
  });

  it('are served to three clients as far as their points reach, and a fourth refreshes and reads meanwhile', async () => {
    const [fourth, ...clients] = await Promise.all(Array.from({ length: 4 }, () => signUp(gateway)));
    const reads = clients.map((client) => Promise.all(Array.from({ length: 30 }, () => ask(PAGE, client))));
    let { refreshToken, accessToken } = fourth!;
    for (let round = 0; round < 30; round += 1) {
      const refreshed = await refreshWith(gateway, refreshToken);
      expect(refreshed.outcome).toBe('ROTATED');
      ({ refreshToken, accessToken } = refreshed);
      expect(await gateway.gql('{ me { id } }', {}, bearer(accessToken))).toMatchObject({ status: 200 });
    }
    for (const answers of await Promise.all(reads)) {
      const statuses = answers.map(({ status }) => status);
      const served = Math.floor((READ_POINTS - 5) / PAGE_POINTS); // its sign-up's answer has read its session
      expect(statuses.filter((status) => status === 200)).toHaveLength(served);
      expect(statuses.filter((status) => status === 429)).toHaveLength(30 - served);
    }
  });
});
