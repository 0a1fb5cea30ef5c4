import { countedAddress } from '../../src/domain/rate-limit/ip-prefix.js';

describe('rate limit prefix', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['fe80::1%br-0a1b2c.100', 'fe80::/64'],
    ['', 'unknown'],
    ['localhost', 'unknown'],
    ['203.0.113.7:4000', 'unknown'],
    ['127.1', 'unknown'],
    ['017700000001', 'unknown'],
    ['2001:db8::/32', 'unknown'],
  ])('counts %s as %s', (ip, expected) => {
    expect(countedAddress(ip).identity).toBe(expected);
  });

  it.each([
    ['203.0.113.7', []],
    ['::ffff:203.0.113.7', []],
    ['localhost', []],
    ['2001:db8:1:2ff::1', ['2001:db8:1:200::/56', '2001:db8:1::/48']],
    ['2001:db8:1:300::1', ['2001:db8:1:300::/56', '2001:db8:1::/48']],
  ])('counts %s as part of %j too', (ip, networks) => {
    expect(countedAddress(ip).wider.map(({ identity }) => identity)).toEqual(networks);
  });
});
