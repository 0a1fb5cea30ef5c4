import fc from 'fast-check';
import type { GraphQLSchema } from 'graphql';
import { graphqlRequests } from './graphql-requests.ts';
import { httpRequests } from './http-requests.ts';
import { mutated } from './mutations.ts';
import { oddHttp } from './odd-http.ts';
import type { RequestPlan } from './plan.ts';

/** Sent at the same moment. */
const MAX_AT_ONCE = 6;

/** Everything that is asked, in the proportions in which it is. */
export function requests(schema: GraphQLSchema): fc.Arbitrary<RequestPlan> {
  const graphql = graphqlRequests(schema);
  const http = httpRequests();
  return fc.oneof(
    { arbitrary: graphql, weight: 8 },
    { arbitrary: http, weight: 3 },
    { arbitrary: mutated(graphql), weight: 5 },
    { arbitrary: mutated(http), weight: 3 },
    { arbitrary: oddHttp(), weight: 2 },
  );
}

export function volleys(schema: GraphQLSchema): fc.Arbitrary<RequestPlan[]> {
  return fc.array(requests(schema), { minLength: 1, maxLength: MAX_AT_ONCE });
}
