import { startGateway, type Gateway } from '../support/gateway.js';
import { logIn } from '../support/sign-in.js';

const MALFORMED = { email: 'not an address' }; // counts, and costs no hash
const POINTS = 100;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => gateway.close());

it('23: an IPv4 address is one client, however it is written', async () => {
  const spellings = [
    '203.0.113.7',
    '::ffff:203.0.113.7',
    '::ffff:cb00:7107',
    '::FFFF:203.0.113.7',
    '0:0:0:0:0:ffff:cb00:7107',
  ];
  const answers = await Promise.all(
    Array.from({ length: POINTS + 10 }, (_, nth) =>
      logIn(gateway, MALFORMED, { 'x-forwarded-for': spellings[nth % spellings.length]! }),
    ),
  );
  expect(answers.filter(({ __typename }) => __typename === 'RateLimited')).toHaveLength(10);
  const neighbour = await logIn(gateway, MALFORMED, { 'x-forwarded-for': '203.0.113.8' });
  expect(neighbour.__typename).toBe('InvalidInput');
});
