import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { countEvents } from '../support/security-event-rows.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

const EVENTS = '{ securityEvents(first: 20) { nodes { type severity } } }';
const TOLD = 5;

describe('64. strangers who fail on somebody’s address, on and on', () => {
  let gateway: Gateway;
  beforeAll(async () => (gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } })));
  afterAll(() => gateway.close());

  async function told({ accessToken }: SignedIn): Promise<string[]> {
    const { data } = await gateway.gql<{ securityEvents: { nodes: { type: string }[] } }>(
      EVENTS,
      {},
      bearer(accessToken),
    );
    return data.securityEvents.nodes.map(({ type }) => type);
  }

  const from = (nth: number) => ({ 'x-forwarded-for': `10.2.0.${nth}` });

  it.each([
    [
      'sixty sign-ups, from two addresses at once',
      'signup.failed',
      60,
      (email: string, nth: number) => signUp(gateway, { email }, from(nth % 2)),
    ],
    [
      'twenty wrong passwords',
      'login.failed',
      20,
      (email: string, nth: number) => logIn(gateway, { email, password: 'sturdy-otter-battery-8' }, from(10 + nth)),
    ],
  ])('bury nothing of what its owner has to see: %s', async (_, type, count, fail) => {
    const victim = await signUp(gateway);
    const before = await told(victim);
    await Promise.all(Array.from({ length: count }, (_unused, nth) => fail(victim.user.email, nth)));

    expect(await told(victim)).toEqual([...Array<string>(TOLD).fill(type), ...before]);
    expect(await countEvents(gateway, type)).toBe(count);
    const untold = `SELECT details ->> 'accountId' AS id FROM security_events WHERE type = $1 AND user_id IS NULL`;
    const kept = await gateway.sql(untold, [type]);
    expect(kept).toEqual(Array(count - TOLD).fill({ id: victim.user.id }));
  });
});
