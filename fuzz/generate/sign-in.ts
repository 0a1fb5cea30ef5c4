import { encode, type RequestParts } from '../http/parts.ts';
import type { Account, Draw } from '../pool.ts';
import { answeredWell, type FuzzRequest, type RequestPlan } from './plan.ts';

const SESSION =
  '{ __typename ... on AuthPayload { accessToken refreshToken user { id } session { id device { id } } } }';
const SIGNUP = `mutation ($input: SignupInput!) { signup(input: $input) ${SESSION} }`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) ${SESSION} }`;

/** Opens an account for the pool. */
export const signUp: RequestPlan = (pool) => {
  const draw = pool.draw(0);
  const { email, password } = draw.newAccount();
  return authentication(draw, SIGNUP, { email, password, name: 'Fuzz', delivery: 'BODY' });
};

/** Another session of an account that the pool has. */
export function signIn({ email, password }: Account): RequestPlan {
  return (pool) =>
    authentication({ ...pool.draw(0), owners: new Set([email]) }, LOGIN, { email, password, delivery: 'BODY' });
}

function authentication(draw: Draw, query: string, input: object): FuzzRequest {
  const parts: RequestParts = {
    method: 'POST',
    target: '/graphql',
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ query, variables: { input } }),
  };
  return {
    kind: 'sign-in',
    bytes: encode(parts),
    parts,
    draw,
    isWhole: true,
    mayBeCutOff: false,
    isMeantToSucceed: false,
    hasSucceeded: answeredWell,
  };
}
