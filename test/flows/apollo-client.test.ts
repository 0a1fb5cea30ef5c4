import { CombinedGraphQLErrors, gql, ServerError, type TypedDocumentNode } from '@apollo/client';
import { isUnauthenticated, openApolloClient, REFRESH, type OpenedClient } from '../support/apollo-client.js';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { eventTypes } from '../support/security-event-rows.js';
import { freshEmail } from '../support/sign-in.js';

interface Payload {
  readonly __typename: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly email: string };
  readonly session: { readonly id: string };
  readonly code?: string;
  readonly message?: string;
}
type Input = Readonly<Record<string, string>>;

const PAYLOAD = gql`
  fragment Payload on AuthPayload {
    accessToken
    refreshToken
    user {
      id
      email
    }
    session {
      id
    }
  }
`;
const SIGNUP: TypedDocumentNode<{ signup: Payload }, { input: Input }> = gql`
  mutation Signup($input: SignupInput!) {
    signup(input: $input) {
      ...Payload
      ... on Error {
        code
        message
      }
    }
  }
  ${PAYLOAD}
`;
const LOGIN: TypedDocumentNode<{ login: Payload }, { input: Input }> = gql`
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      ...Payload
      ... on Error {
        code
        message
      }
    }
  }
  ${PAYLOAD}
`;
const ME: TypedDocumentNode<{ me: { id: string; email: string } | null }> = gql`
  query Me {
    me {
      id
      email
    }
  }
`;
const SESSIONS: TypedDocumentNode<{ sessions: { id: string; status: string; isCurrent: boolean }[] }> = gql`
  query Sessions {
    sessions {
      id
      status
      isCurrent
    }
  }
`;
const REVOKE: TypedDocumentNode<
  { revoke: { __typename: string; code?: string; session?: { id: string; status: string } } },
  { sessionId: string }
> = gql`
  mutation Revoke($sessionId: ID!) {
    revoke(input: { sessionId: $sessionId }) {
      ... on RevokePayload {
        session {
          id
          status
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

describe('Apollo Client', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
  });
  afterAll(() => gateway.close());

  /** A client whose user has signed up, and keeps the tokens outside the cache. */
  async function signedUp(headers?: Record<string, string>): Promise<OpenedClient & { readonly payload: Payload }> {
    const opened = openApolloClient(gateway.url, headers);
    const input = { email: freshEmail(), password: PASSWORD, name: 'Ada', delivery: 'BODY' };
    const { data } = await opened.client.mutate({ mutation: SIGNUP, variables: { input } });
    if (!data) throw new Error('no answer');
    Object.assign(opened.tokens, { accessToken: data.signup.accessToken, refreshToken: data.signup.refreshToken });
    return { ...opened, payload: data.signup };
  }

  it('signs up, signs in, refreshes, lists the sessions and revokes one', async () => {
    const { client, tokens, payload } = await signedUp();
    expect(payload.__typename).toBe('AuthPayload');
    const { id, email } = payload.user;

    const input = { email, password: PASSWORD, delivery: 'BODY', deviceName: 'Second device' };
    const login = await client.mutate({ mutation: LOGIN, variables: { input } });
    const elsewhere = login.data?.login.session.id ?? '';

    const { refreshToken } = tokens;
    const refreshed = await client.mutate({ mutation: REFRESH, variables: { refreshToken } });
    expect(refreshed.data?.refresh).toMatchObject({ __typename: 'RefreshPayload', outcome: 'ROTATED' });
    tokens.accessToken = refreshed.data?.refresh.accessToken ?? '';

    expect((await client.query({ query: ME })).data?.me).toEqual({ __typename: 'User', id, email });
    const before = await client.query({ query: SESSIONS });
    expect(before.data?.sessions.map(({ id, isCurrent }) => [id, isCurrent])).toEqual(
      expect.arrayContaining([
        [payload.session.id, true],
        [elsewhere, false],
      ]),
    );

    const revoked = await client.mutate({ mutation: REVOKE, variables: { sessionId: elsewhere } });
    expect(revoked.data?.revoke.session).toMatchObject({ id: elsewhere, status: 'REVOKED' });
    const after = await client.query({ query: SESSIONS, fetchPolicy: 'network-only' });
    expect(after.data?.sessions.map((session) => session.id)).toEqual([payload.session.id]);
  });

  it('reads the code of a refusal through the Error interface, by possibleTypes', async () => {
    const { client, payload } = await signedUp();
    const input = { email: payload.user.email, password: 'not-the-password-1', delivery: 'BODY' };
    const { data } = await client.mutate({ mutation: LOGIN, variables: { input } });
    expect(data?.login).toEqual({
      __typename: 'InvalidCredentials',
      code: 'INVALID_CREDENTIALS',
      message: 'E-mail or password is wrong.',
    });
    const revoke = await client.mutate({ mutation: REVOKE, variables: { sessionId: freshEmail() } });
    expect(revoke.data?.revoke).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
  });

  it('recognises an access token that does not hold by its code, whatever the status', async () => {
    const { client, tokens } = await signedUp();
    Object.assign(tokens, { accessToken: `${tokens.accessToken}x`, refreshToken: '' });
    const error: unknown = await client.query({ query: ME }).catch((refusal: unknown) => refusal);
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect(isUnauthenticated(error)).toBe(true);
  });

  it('sees a status of 401 where it accepts only application/json', async () => {
    const { client, tokens } = await signedUp({ accept: 'application/json' });
    Object.assign(tokens, { accessToken: `${tokens.accessToken}x`, refreshToken: '' });
    const error: unknown = await client.query({ query: ME }).catch((refusal: unknown) => refusal);
    if (!ServerError.is(error)) throw error;
    expect(error.statusCode).toBe(401);
    expect(error.response.headers.get('www-authenticate')).toContain('invalid_token');
    expect(JSON.parse(error.bodyText)).toHaveProperty('errors.0.extensions.code', 'UNAUTHENTICATED');
  });

  it('refreshes once and asks again when its access token no longer holds', async () => {
    const { client, tokens, refreshes, payload } = await signedUp();
    tokens.accessToken = `${tokens.accessToken}x`;
    expect((await client.query({ query: ME })).data?.me?.id).toBe(payload.user.id);
    expect(refreshes).toEqual(['ROTATED']);
  });

  it('loses no session when two of its queries refresh at the same time', async () => {
    const { client, tokens, refreshes, payload } = await signedUp();
    tokens.accessToken = `${tokens.accessToken}x`;
    const [me, sessions] = await Promise.all([client.query({ query: ME }), client.query({ query: SESSIONS })]);
    expect(me.data?.me?.id).toBe(payload.user.id);
    expect(sessions.data?.sessions).toHaveLength(1);
    expect(refreshes).toHaveLength(2); // the second a replay, unless the first was done before it was asked for

    const { refreshToken } = tokens;
    const next = await client.mutate({ mutation: REFRESH, variables: { refreshToken } });
    expect(next.data?.refresh).toMatchObject({ outcome: 'ROTATED' });
    expect(await eventTypes(gateway, payload.user.id)).not.toContain('refresh.reused');
  });

  it('gives two tabs that hold the same token the same successor', async () => {
    const first = await signedUp();
    const second = openApolloClient(gateway.url);
    Object.assign(second.tokens, first.tokens);
    for (const { tokens } of [first, second]) tokens.accessToken = `${tokens.accessToken}x`;
    await Promise.all([first, second].map(({ client }) => client.query({ query: ME })));
    expect([...first.refreshes, ...second.refreshes].sort()).toEqual(['REPLAYED', 'ROTATED']);
    expect(first.tokens.refreshToken).toBe(second.tokens.refreshToken);
  });

  /**
   * A mutation's result passes through the cache: it is written below ROOT_MUTATION and, in the same transaction, taken
   * away again. What stays are objects with an `id`: the payloads have none, and users and sessions hold no token.
   */
  describe('its normalised cache', () => {
    it.each(['network-only', 'no-cache'] as const)(
      'holds no token and no password after every operation with fetchPolicy %s',
      async (fetchPolicy) => {
        const { client, tokens } = openApolloClient(gateway.url);
        const secrets: string[] = [PASSWORD];
        const keep = ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) => {
          secrets.push(accessToken, refreshToken);
          Object.assign(tokens, { accessToken, refreshToken });
        };

        const input = { email: freshEmail(), password: PASSWORD, delivery: 'BODY' };
        const signup = { ...input, name: 'Ada' };
        keep((await client.mutate({ mutation: SIGNUP, variables: { input: signup }, fetchPolicy })).data!.signup);
        keep((await client.mutate({ mutation: LOGIN, variables: { input }, fetchPolicy })).data!.login);
        const { refreshToken } = tokens;
        keep((await client.mutate({ mutation: REFRESH, variables: { refreshToken }, fetchPolicy })).data!.refresh);
        const { data } = await client.query({ query: SESSIONS });
        const sessionId = data?.sessions[0]?.id ?? '';
        await client.mutate({ mutation: REVOKE, variables: { sessionId }, fetchPolicy });

        const cached = JSON.stringify(client.extract());
        expect(cached).toContain(`Session:${sessionId}`);
        expect(new Set(secrets).size).toBe(7);
        expect(secrets.filter((secret) => cached.includes(secret))).toEqual([]);
      },
    );

    it('would hold them with keepRootFields, which only no-cache takes back', async () => {
      const { client, payload } = await signedUp();
      const input = { email: payload.user.email, password: PASSWORD, delivery: 'BODY' };
      const signIn = async (fetchPolicy: 'network-only' | 'no-cache') => {
        const options = { mutation: LOGIN, variables: { input }, keepRootFields: true, fetchPolicy };
        const { accessToken } = (await client.mutate(options)).data!.login;
        return JSON.stringify(client.extract()).includes(accessToken);
      };
      expect(await signIn('no-cache')).toBe(false);
      expect(await signIn('network-only')).toBe(true);
    });
  });
});
