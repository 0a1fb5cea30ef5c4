import { bearer, type Gateway } from '../support/gateway.js';

/** What a client was answered, in words that mean the same in every protocol. */
export interface Reply {
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  /** Whether a refresh moved the idle deadline: false for a replay. */
  readonly extended?: boolean;
  readonly user?: { readonly id: string; readonly email: string; readonly name: string };
  readonly sessions?: readonly { readonly id: string; readonly isCurrent: boolean; readonly deviceName: string }[];
  readonly ended?: number;
}

export interface Account {
  readonly email: string;
  readonly password: string;
  readonly name?: string;
  readonly userType?: 'client' | 'freelancer' | 'admin';
}

/** What a client can do, whichever protocol it speaks. */
export interface Client {
  readonly name: string;
  signup(account: Account): Promise<Reply>;
  login(account: Account): Promise<Reply>;
  /** With an ID token of Google's. */
  google(idToken: string): Promise<Reply>;
  refresh(refreshToken: string): Promise<Reply>;
  me(accessToken: string | null): Promise<Reply>;
  sessions(accessToken: string | null): Promise<Reply>;
  endSession(accessToken: string | null, id: string): Promise<Reply>;
  logout(refreshToken: string): Promise<Reply>;
  logoutAll(accessToken: string | null): Promise<Reply>;
}

const SIGN_IN =
  '__typename ... on AuthPayload { accessToken refreshToken user { id email name } } ... on Error { code }';
const DOCUMENTS = {
  signup: `mutation ($input: SignupInput!) { answer: signup(input: $input) { ${SIGN_IN} } }`,
  login: `mutation ($input: LoginInput!) { answer: login(input: $input) { ${SIGN_IN} } }`,
  google: `mutation ($input: ProviderLoginInput!) { answer: loginWithProvider(input: $input) { ${SIGN_IN} } }`,
  refresh: `mutation ($input: RefreshInput!) { answer: refresh(input: $input) { __typename
    ... on RefreshPayload { accessToken refreshToken outcome } ... on Error { code } } }`,
  me: '{ answer: me { __typename id email name } }',
  sessions: '{ answer: sessions { id isCurrent deviceName } }',
  revoke: 'mutation ($input: RevokeInput!) { answer: revoke(input: $input) { __typename ... on Error { code } } }',
  revokeAll:
    'mutation { answer: revokeAll { __typename ... on RevokeManyPayload { revokedCount } ... on Error { code } } }',
};

type GraphqlAnswer = Record<string, unknown> & { readonly code?: string };

export function graphqlClient(gateway: Gateway): Client {
  async function ask(document: string, variables: object, accessToken: string | null = null): Promise<GraphqlAnswer> {
    const headers = accessToken === null ? {} : bearer(accessToken);
    const { data, errors } = await gateway.gql<{ answer: GraphqlAnswer } | null>(document, { ...variables }, headers);
    return errors ? { code: String(errors[0]?.extensions['code']) } : (data?.answer ?? { code: 'ANONYMOUS' });
  }
  const reply = ({ code, ...fields }: GraphqlAnswer): Reply => ({ outcome: code ?? 'ok', ...fields });
  const account = ({ userType, ...input }: Account) => ({
    input: { ...input, delivery: 'BODY', ...(userType && { userType: userType.toUpperCase() }) },
  });

  return {
    name: 'GraphQL',
    signup: async (given) => reply(await ask(DOCUMENTS.signup, account(given))),
    login: async (given) => reply(await ask(DOCUMENTS.login, account(given))),
    google: async (idToken) => reply(await ask(DOCUMENTS.google, { input: { idToken, delivery: 'BODY' } })),
    async refresh(refreshToken) {
      const { outcome, ...answer } = await ask(DOCUMENTS.refresh, { input: { refreshToken } });
      return { ...reply(answer), ...(outcome !== undefined && { extended: outcome === 'ROTATED' }) };
    },
    async me(accessToken) {
      const { code, ...user } = await ask(DOCUMENTS.me, {}, accessToken);
      return code ? { outcome: code } : { outcome: 'ok', user: user as unknown as NonNullable<Reply['user']> };
    },
    async sessions(accessToken) {
      const answer = await ask(DOCUMENTS.sessions, {}, accessToken);
      return answer.code
        ? { outcome: answer.code }
        : { outcome: 'ok', sessions: answer as unknown as NonNullable<Reply['sessions']> };
    },
    endSession: async (accessToken, sessionId) =>
      reply(await ask(DOCUMENTS.revoke, { input: { sessionId } }, accessToken)),
    logout: async (refreshToken) => reply(await ask(DOCUMENTS.revoke, { input: { refreshToken } })),
    async logoutAll(accessToken) {
      const { revokedCount, ...answer } = await ask(DOCUMENTS.revokeAll, {}, accessToken);
      return { ...reply(answer), ...(revokedCount !== undefined && { ended: Number(revokedCount) }) };
    },
  };
}

interface RestBody extends Omit<Reply, 'outcome' | 'ended'> {
  readonly error?: string;
  readonly data?: { readonly accessToken: string; readonly refreshToken: string; readonly activityExtended: boolean };
  readonly tokensRevoked?: number;
}

export function restClient(gateway: Gateway): Client {
  async function ask(method: string, path: string, body: object | null, accessToken: string | null = null) {
    const response = await fetch(`${gateway.url}/api/auth/${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(accessToken !== null && bearer(accessToken)),
      },
      body: body && JSON.stringify(body),
    });
    const { error, ...fields } = (await response.json()) as RestBody;
    return { outcome: response.ok ? 'ok' : String(error), ...fields };
  }

  return {
    name: 'REST',
    signup: (account) => ask('POST', 'signup', account),
    login: (account) => ask('POST', 'login', account),
    google: (credential) => ask('POST', 'google', { credential }),
    async refresh(refreshToken) {
      const { outcome, data } = await ask('POST', 'refresh', { refreshToken });
      return { outcome, ...data, ...(data && { extended: data.activityExtended }) };
    },
    async me(accessToken) {
      const { outcome, ...user } = await ask('GET', 'me', null, accessToken);
      return outcome === 'ok' ? { outcome, user: user as unknown as NonNullable<Reply['user']> } : { outcome };
    },
    sessions: (accessToken) => ask('GET', 'sessions', null, accessToken),
    endSession: (accessToken, id) => ask('DELETE', `sessions/${encodeURIComponent(id)}`, null, accessToken),
    logout: (refreshToken) => ask('POST', 'logout', { refreshToken }),
    async logoutAll(accessToken) {
      const { outcome, tokensRevoked } = await ask('POST', 'logout-all', null, accessToken);
      return { outcome, ...(tokensRevoked !== undefined && { ended: tokensRevoked }) };
    },
  };
}
