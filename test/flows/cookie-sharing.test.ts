import { PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { setCookies } from '../support/set-cookies.js';
import { freshEmail } from '../support/sign-in.js';

const SIGNUP = `mutation ($input: SignupInput!) { signup(input: $input) { __typename
  ... on AuthPayload { refreshToken } ... on InvalidInput { issues { path message } } } }`;

interface SignedUp {
  readonly signup: {
    readonly __typename: string;
    readonly refreshToken?: string | null;
    readonly issues?: readonly { readonly path: readonly string[]; readonly message: string }[];
  };
}

async function withGateway(env: Record<string, string>, test: (gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...env } });
  try {
    await test(gateway);
  } finally {
    await gateway.close();
  }
}

function signUpFrom(gateway: Gateway, origin: string, delivery = 'COOKIE'): Promise<Answer<SignedUp>> {
  const input = { email: freshEmail(), password: PASSWORD, name: 'Ada', delivery };
  return gateway.gql<SignedUp>(SIGNUP, { input }, { origin });
}

describe('a page of another site', () => {
  const env = {
    FLUXGATE_PUBLIC_URL: 'https://auth.example.org',
    FLUXGATE_CORS_ORIGINS: 'https://app.example.org,https://app.example.com',
  };

  it('is told to ask for BODY, before anything happens', () =>
    withGateway(env, async (gateway) => {
      const answer = await signUpFrom(gateway, 'https://app.example.com');
      expect(answer.data.signup).toMatchObject({
        __typename: 'InvalidInput',
        issues: [{ path: ['delivery'], message: expect.stringContaining('BODY') as unknown }],
      });
      expect(setCookies(answer).size).toBe(0);
      expect(await gateway.sql('SELECT 1 FROM users')).toEqual([]);

      const withBody = await signUpFrom(gateway, 'https://app.example.com', 'BODY');
      expect(withBody.data.signup.refreshToken).toMatch(/^fgr_/);
      expect(withBody.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    }));

  it('is another one by its registrable domain, not by its host', () =>
    withGateway(env, async (gateway) => {
      expect((await signUpFrom(gateway, 'https://app.example.org')).data.signup.__typename).toBe('AuthPayload');
    }));

  it('is another one below a public suffix', () =>
    withGateway({ ...env, FLUXGATE_PUBLIC_URL: 'https://one.github.io' }, async (gateway) => {
      expect((await signUpFrom(gateway, 'https://two.github.io')).data.signup.__typename).toBe('InvalidInput');
    }));

  it('is given cookies where FLUXGATE_COOKIE_SAMESITE is none', () =>
    withGateway({ ...env, FLUXGATE_COOKIE_SAMESITE: 'none' }, async (gateway) => {
      const answer = await signUpFrom(gateway, 'https://app.example.com');
      expect(answer.data.signup.__typename).toBe('AuthPayload');
      const cookies = setCookies(answer);
      expect([...cookies.keys()]).toHaveLength(3);
      for (const { attributes } of cookies.values())
        expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'Secure', 'SameSite=None']));
    }));
});

describe('a domain that is shared with sister hosts', () => {
  it('is given the access and the device cookie, and never the refresh cookie', () =>
    withGateway(
      { FLUXGATE_PUBLIC_URL: 'https://auth.example.org', FLUXGATE_COOKIE_DOMAIN: 'example.org' },
      async (gateway) => {
        const cookies = setCookies(await signUpFrom(gateway, 'https://auth.example.org'));
        const domains = [...cookies].map(([name, { attributes }]) => [name, attributes.includes('Domain=example.org')]);
        expect(Object.fromEntries(domains)).toEqual({
          '__Host-fluxgate_refresh': false,
          '__Secure-fluxgate_access': true,
          '__Secure-fluxgate_device': true,
        });
      },
    ));
});
