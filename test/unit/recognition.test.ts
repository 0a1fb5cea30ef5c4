import { recognitionKey } from '../../src/domain/device/recognition.js';

const signals = { family: 'firefox', os: 'macOS', language: 'de-DE,de;q=0.8,en;q=0.5', ip: '203.0.113.7' };

describe('recognition key', () => {
  it('joins client, system, first language and network', () => {
    expect(recognitionKey(signals)).toBe('firefox|macos|de-de|203.0.113.0/24');
  });

  it('has a place for each signal that is missing', () => {
    expect(recognitionKey({ family: 'unknown', os: null, language: null, ip: null })).toBe('unknown|-|-|-');
  });

  it.each([
    ['one language', 'en-GB', 'en-gb'],
    ['a weight on the first', 'fr;q=0.9,en', 'fr'],
    ['spaces', '  pt-BR , pt', 'pt-br'],
    ['any', '*', '-'],
    ['empty', '', '-'],
    ['not a tag', '<script>', '-'],
    ['endless', 'x'.repeat(5000), 'x'.repeat(35)],
  ])('reads the first language of a header that is %s', (_, language, expected) => {
    expect(recognitionKey({ ...signals, language }).split('|')[2]).toBe(expected);
  });

  it.each([
    ['203.0.113.255', '203.0.113.0/24'],
    ['::ffff:203.0.113.9', '203.0.113.0/24'],
    ['::FFFF:CB00:7109', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:0DB8:0001:ffff::1', '2001:db8:1::/48'],
    ['::1', '::/48'],
    ['fe80::1%eth0', 'fe80::/48'],
    ['fe80::1%br-0a1b2c.100', 'fe80::/48'],
    ['203.0.113', '-'],
    ['0xcb.0.113.7', '-'],
    ['not an address', '-'],
  ])('puts %s into the network %s', (ip, expected) => {
    expect(recognitionKey({ ...signals, ip }).split('|')[3]).toBe(expected);
  });

  it('cannot be forged with a separator in a signal', () => {
    const forged = recognitionKey({ ...signals, family: 'firefox|macos', os: '' });
    expect(forged).not.toBe(recognitionKey(signals));
    expect(forged.split('|')).toHaveLength(4);
  });
});
