import { randomUUID } from 'node:crypto';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { logIn, signUp } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});
afterAll(() => gateway.close());

describe('75. addresses that look like another', () => {
  it.each(['"ann"@example.org', '"a b"@example.org', '\u0430nn@example.org', 'ann@\u0435xample.org'])(
    'open no account, through GraphQL or REST: %s',
    async (email) => {
      expect((await signUp(gateway, { email })).__typename).toBe('InvalidInput');
      const { status } = await fetch(`${gateway.url}/api/auth/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: PASSWORD, name: 'Ann' }),
      });
      expect(status).toBe(400);
      expect(await gateway.sql('select from users')).toEqual([]);
    },
  );
});

describe('75. an address whose domain has letters of its own', () => {
  const name = () => `ann-${randomUUID()}`;

  it.each([
    ['Unicode', 'bücher.example', 'xn--bcher-kva.example'],
    ['Punycode', 'xn--bcher-kva.example', 'bücher.example'],
  ])('is one account, whichever spelling it was opened with: %s', async (_, domain, other) => {
    const ann = name();
    const { user } = await signUp(gateway, { email: `${ann}@${domain}` });
    expect((await signUp(gateway, { email: `${ann}@${other}` })).__typename).toBe('EmailTaken');
    expect((await logIn(gateway, { email: `${ann}@${other}` })).user.id).toBe(user.id);
  });

  it('finds the account that was opened before it had one spelling', async () => {
    const ann = name();
    const { user } = await signUp(gateway, { email: `${ann}@bücher.example` });
    await gateway.sql('update users set email_key = email where id = $1', [user.id]);
    for (const domain of ['bücher.example', 'xn--bcher-kva.example'])
      expect((await logIn(gateway, { email: `${ann}@${domain}` })).user.id).toBe(user.id);
    expect((await signUp(gateway, { email: `${ann}@bücher.example` })).__typename).toBe('EmailTaken');
  });
});
