import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { signUp } from '../support/sign-in.js';

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

describe('a gateway that ends', () => {
  it('answers what is in flight, and waits for no connection that its client keeps alive', async () => {
    const { user } = await signUp(gateway);
    const ending = await startGateway({ databaseUrl: gateway.databaseUrl });
    let closed: Promise<void> | undefined;

    const answer = await commitUnder(
      gateway.databaseUrl,
      { text: 'update users set name = name where id = $1', values: [user.id] },
      () => ending.gql(LOGIN, { input: { email: user.email, password: PASSWORD } }),
      () => {
        closed = ending.close();
      },
    );

    expect(answer).toMatchObject({ status: 200, data: { login: { __typename: 'AuthPayload' } } });
    expect(answer.headers.get('connection')).toBe('close');
    await closed;
    await expect(fetch(`${ending.url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
