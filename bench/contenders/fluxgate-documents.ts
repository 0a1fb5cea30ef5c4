/** The documents that a client would send, whole answers and refusals included. */
const SIGNED_IN = `__typename
  ... on AuthPayload { accessToken refreshToken expiresIn isNewDevice user { id email } }
  ... on Error { code message }`;

export const SIGNUP = `mutation Signup($input: SignupInput!) { signup(input: $input) { ${SIGNED_IN} } }`;

export const LOGIN = `mutation Login($input: LoginInput!) { login(input: $input) { ${SIGNED_IN} } }`;

export const REFRESH = `mutation Refresh($input: RefreshInput!) { refresh(input: $input) { __typename
  ... on RefreshPayload { accessToken refreshToken expiresIn outcome }
  ... on Error { code message } } }`;

export const ME = 'query Me { me { id email emailVerified name userType roles createdAt } }';

export const SESSIONS = `query Sessions { sessions {
  id status isCurrent ipAddress createdAt lastUsedAt expiresAt device { id name browser os } } }`;

export const REVOKE = `mutation Revoke($input: RevokeInput!) { revoke(input: $input) { __typename
  ... on RevokePayload { session { id status endReason } }
  ... on Error { code message } } }`;
