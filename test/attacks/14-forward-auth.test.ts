import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { sessionRow } from '../support/session-rows.js';
import { freshEmail } from '../support/sign-in.js';

const SIGNUP = `mutation ($input: SignupInput!) { signup(input: $input) { ... on AuthPayload { session { id } } } }`;
const REFRESH = 'mutation { refresh { __typename ... on RefreshPayload { outcome } } }';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_ACCESS_TTL: '1' } });
});
afterAll(() => gateway.close());

describe('14. an expired access token and a refresh cookie at forward-auth', () => {
  it('are refused, and the refresh token is not spent', async () => {
    const browser = openBrowser(gateway);
    const input = { email: freshEmail(), password: PASSWORD, name: 'Ann' };
    const { signup } = (await browser.gql<{ signup: { session: { id: string } } }>(SIGNUP, { input })).data;
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    expect(cookie).toContain('fluxgate_refresh=fgr_');
    const verify = (more: object = {}) => fetch(`${gateway.url}/auth/verify`, { headers: { cookie, ...more } });

    const expired = await eventually(verify, ({ status }) => status !== 200);
    const document = await verify({ accept: 'text/html' });
    for (const { status, headers } of [expired, document]) {
      expect(status).toBe(401);
      expect(headers.getSetCookie()).toEqual([]);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="fluxgate", error="invalid_token"');
      expect([...headers.keys()].filter((name) => /^x-fluxgate-(?!continue)/.test(name))).toEqual([]);
    }
    expect(await sessionRow(gateway, signup.session.id)).toMatchObject({ refresh_counter: '0', revoked_at: null });
    expect((await browser.gql(REFRESH)).data).toMatchObject({ refresh: { outcome: 'ROTATED' } });
  });
});
