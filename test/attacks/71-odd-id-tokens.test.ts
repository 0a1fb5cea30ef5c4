import { createProviders } from '../../src/outbound/oidc/providers.js';
import { somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';

const LOGIN = { state: 'state', nonce: 'nonce', codeVerifier: 'v'.repeat(43) };

let acme: OpenidProvider;
let outages: unknown[];
beforeAll(async () => {
  acme = await startOpenidProvider();
});
afterAll(() => acme.close());
beforeEach(() => {
  outages = [];
});

/** Exchanges a code for which the provider gives this ID token. */
function exchange(idToken: string) {
  const provider = { name: 'acme', issuer: acme.issuer, clientId: 'fluxgate', clientSecret: 'secret' };
  const providers = createProviders({
    providers: [{ ...provider, audiences: [], emailDomains: [] }],
    publicUrl: 'https://auth.example',
    clock: () => new Date(),
    onUnreachable: (_name, error) => outages.push(error),
    fetch: (url, init) =>
      url.endsWith('/token')
        ? Promise.resolve(Response.json({ access_token: 'a', token_type: 'Bearer', id_token: idToken }))
        : fetch(url, init),
  });
  return providers.exchangeCode('acme', `code=c&state=state&iss=${encodeURIComponent(acme.issuer)}`, LOGIN);
}

describe('71. an ID token that a code was exchanged for', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['with a critical extension that nobody knows', {}, { crit: ['urn:example:unknown'], 'urn:example:unknown': 1 }],
    ['issued to another client', { azp: 'another-client' }, {}],
    ['for another client', { aud: 'another-client' }, {}],
  ])('is refused, and the provider not taken for unreachable: %s', async (_, claims, header) => {
    const idToken = await acme.idToken(somebody(), { nonce: 'nonce', ...claims }, header);
    expect(await exchange(idToken)).toEqual({ refused: expect.any(String) });
    expect(outages).toEqual([]);
  });

  it('is taken where it holds', async () => {
    const idToken = await acme.idToken(somebody(), { nonce: 'nonce', azp: 'fluxgate' });
    expect(await exchange(idToken)).toMatchObject({ identity: { issuer: acme.issuer } });
  });
});
