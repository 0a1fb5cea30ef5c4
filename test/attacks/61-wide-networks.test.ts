import { startGateway, type Gateway } from '../support/gateway.js';
import { logIn, signUp } from '../support/sign-in.js';

const MALFORMED = { email: 'not an address' }; // counts, and costs no hash

/** Through what a network of so many bits leaves free above the /64. */
describe.each([
  ['a /56', 4, (nth: number) => `2001:db8:1:${(nth % 256).toString(16)}::1`, '2001:db8:1:100::1'],
  ['a /48', 16, (nth: number) => `2001:db8:2:${((nth * 257) % 65_536).toString(16)}::1`, '2001:db8:3::1'],
])('61. a customer with %s', (_, times, inNetwork, neighbour) => {
  let gateway: Gateway;
  beforeAll(async () => (gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } })));
  afterAll(() => gateway.close());

  const from = (address: string) => ({ 'x-forwarded-for': address });

  async function served(points: number, ask: (headers: Record<string, string>) => Promise<{ __typename: string }>) {
    let count = 0;
    for (let nth = 0; nth < points + 100; nth += 100) {
      const asked = Array.from({ length: 100 }, (_unused, at) => ask(from(inNetwork(nth + at))));
      count += (await Promise.all(asked)).filter(({ __typename }) => __typename === 'InvalidInput').length;
    }
    return count;
  }

  it('signs in as often as that network may, and leaves its neighbour alone', async () => {
    expect(await served(100 * times, (headers) => logIn(gateway, MALFORMED, headers))).toBe(100 * times);
    expect(await logIn(gateway, MALFORMED, from(neighbour))).toMatchObject({ __typename: 'InvalidInput' });
  });

  it('opens as many accounts as that network may', async () => {
    expect(await served(30 * times, (headers) => signUp(gateway, MALFORMED, headers))).toBe(30 * times);
  });
});
