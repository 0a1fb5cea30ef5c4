import { startGateway, type Gateway } from '../support/gateway.js';
import { logIn, signUp } from '../support/sign-in.js';

const MALFORMED = { email: 'not an address' };
const IP_POINTS = 100;

describe('62. a proxy that writes the port behind an address', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48' } });
  });
  afterAll(() => gateway.close());

  it.each([
    ['203.0.113.7:4711', '203.0.113.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['[2001:db8::8]', '2001:db8::8'],
    ['203.0.113.8:1, 10.1.2.3:65535,[2001:db8:ffff::1]:443', '203.0.113.8'],
  ])('of a client, as %s, speaks for %s', async (forwardedFor, ip) => {
    const { session } = await signUp(gateway, {}, { 'x-forwarded-for': forwardedFor });
    expect(await gateway.sql('SELECT host(last_ip) AS ip FROM sessions WHERE id = $1', [session.id])).toEqual([{ ip }]);
  });

  it.each([
    (nth: number) => `198.51.100.${nth % 10}:${10_000 + nth}`,
    (nth: number) => `[2001:db8:9::${nth}]:${10_000 + nth}`,
  ])('spends the limit of each client, not one for all', async (client) => {
    const flood = Array.from({ length: IP_POINTS + 20 }, () =>
      logIn(gateway, MALFORMED, { 'x-forwarded-for': client(1) }),
    );
    const refused = (await Promise.all(flood)).filter(({ __typename }) => __typename === 'RateLimited');
    expect(refused).toHaveLength(20);
    const other = { 'x-forwarded-for': client(2).replace(':9::', ':8::') };
    expect(await logIn(gateway, MALFORMED, other)).toMatchObject({ __typename: 'InvalidInput' });
  });
});

describe('a proxy that is not trusted', () => {
  const said = ({ logLines }: Gateway) => logLines.filter((line) => line.includes('a proxy sends X-Forwarded-For'));
  const ask = (gateway: Gateway, headers = {}) => gateway.gql('{ me { id } }', {}, headers);

  it.each([
    ['none is', {}],
    ['another one is', { FLUXGATE_TRUSTED_PROXIES: '10.0.0.1' }],
  ])('is told once, where %s', async (_, env) => {
    const gateway = await startGateway({ env });
    await ask(gateway);
    expect(said(gateway)).toEqual([]);
    for (let nth = 0; nth < 3; nth += 1) await ask(gateway, { 'x-forwarded-for': '203.0.113.7' });
    expect(said(gateway)).toHaveLength(1);
    await gateway.close();
  });

  it('is no matter where it is trusted', async () => {
    const gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } });
    await ask(gateway, { 'x-forwarded-for': '203.0.113.7' });
    expect(said(gateway)).toEqual([]);
    await gateway.close();
  });
});
