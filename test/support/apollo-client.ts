import { readFileSync } from 'node:fs';
import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  Observable,
  type PossibleTypesMap,
  type TypedDocumentNode,
} from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';

const { possibleTypes } = JSON.parse(readFileSync(new URL('../../possible-types.json', import.meta.url), 'utf8')) as {
  possibleTypes: PossibleTypesMap;
};

/** Where an application keeps its tokens: in its own memory, never in the cache. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

export interface Refreshed extends Tokens {
  readonly __typename: string;
  readonly outcome: 'ROTATED' | 'REPLAYED';
  readonly code?: string;
}

export const REFRESH: TypedDocumentNode<{ refresh: Refreshed }, { refreshToken: string }> = gql`
  mutation Refresh($refreshToken: String!) {
    refresh(input: { refreshToken: $refreshToken }) {
      ... on RefreshPayload {
        accessToken
        refreshToken
        outcome
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

export interface OpenedClient {
  readonly client: ApolloClient;
  readonly tokens: Tokens;
  /** What each refresh that the client started by itself came to. */
  readonly refreshes: readonly string[];
}

/**
 * Apollo Client as an application sets it up: a link that sends the access token, and one that refreshes and asks again,
 * once, when the server says UNAUTHENTICATED. Nothing keeps two of its queries from refreshing at the same time.
 */
export function openApolloClient(url: string, headers: Record<string, string> = {}): OpenedClient {
  const tokens: Tokens = { accessToken: '', refreshToken: '' };
  const refreshes: string[] = [];

  const refresh = async (client: ApolloClient): Promise<void> => {
    const { refreshToken } = tokens;
    const { data } = await client.mutate({ mutation: REFRESH, variables: { refreshToken }, fetchPolicy: 'no-cache' });
    if (data?.refresh.__typename !== 'RefreshPayload') throw new Error(data?.refresh.code);
    refreshes.push(data.refresh.outcome);
    tokens.accessToken = data.refresh.accessToken;
    tokens.refreshToken = data.refresh.refreshToken;
  };

  const refreshAndAskAgain = new ErrorLink(({ error, operation, forward }) => {
    if (!isUnauthenticated(error) || tokens.refreshToken === '') return undefined;
    return new Observable((observer) => {
      refresh(operation.client).then(
        () => forward(operation).subscribe(observer),
        (failure: unknown) => observer.error(failure),
      );
    });
  });
  const sendAccessToken = new SetContextLink((context) => ({
    headers: { ...context['headers'], ...(tokens.accessToken && { authorization: `Bearer ${tokens.accessToken}` }) },
  }));

  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: ApolloLink.from([refreshAndAskAgain, sendAccessToken, new HttpLink({ uri: `${url}/graphql`, headers })]),
  });
  return { client, tokens, refreshes };
}

export function isUnauthenticated(error: unknown): boolean {
  return (
    CombinedGraphQLErrors.is(error) && error.errors.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED')
  );
}
