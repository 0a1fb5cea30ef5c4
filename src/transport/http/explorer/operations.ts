/** One of GraphiQL's tabs; its title is the operation's name. `variables` is JSON. */
export interface ExplorerTab {
  readonly query: string;
  readonly variables: string;
}

const PERSON = { email: 'ada@example.com', password: 'sturdy-otter-battery-9' };

const SIGNED_IN = `__typename
    ... on AuthPayload {
      accessToken
      refreshToken
      expiresIn
      user {
        id
        name
        email
      }
      session {
        id
        deviceName
        expiresAt
      }
    }
    ... on Error {
      code
      message
    }
    ... on InvalidInput {
      issues {
        path
        message
      }
    }`;

/**
 * What somebody new to the API tries first, in that order: each runs as it is. Tokens stay out of the variables, because
 * the cookies and the page's token box carry them.
 */
export const EXPLORER_TABS: readonly ExplorerTab[] = [
  tab(
    `mutation Signup($input: SignupInput!) {
  signup(input: $input) {
    ${SIGNED_IN}
  }
}`,
    // The editor takes a field that has a default for a missing one, so all are here.
    { input: { ...PERSON, name: 'Ada', userType: 'CLIENT', delivery: 'COOKIE' } },
  ),
  tab(
    `mutation Login($input: LoginInput!) {
  login(input: $input) {
    ${SIGNED_IN}
  }
}`,
    { input: { ...PERSON, delivery: 'COOKIE' } },
  ),
  tab(
    `# The refresh cookie carries the token. After delivery BODY, pass it as input.refreshToken.
mutation Refresh($input: RefreshInput! = {}) {
  refresh(input: $input) {
    __typename
    ... on RefreshPayload {
      outcome
      accessToken
      refreshToken
      expiresIn
      session {
        id
        expiresAt
      }
    }
    ... on Error {
      code
      message
    }
    ... on SessionEnded {
      reason
    }
  }
}`,
    { input: {} },
  ),
  tab(
    `query Sessions($status: SessionStatus! = ACTIVE) {
  sessions(status: $status) {
    id
    isCurrent
    deviceName
    ipAddress
    lastUsedAt
    expiresAt
    status
  }
}`,
    { status: 'ACTIVE' },
  ),
  tab(
    `# Ends the session that this request runs on. Any other: input.sessionId.
mutation Revoke($input: RevokeInput! = {}) {
  revoke(input: $input) {
    __typename
    ... on RevokePayload {
      session {
        id
        status
        endReason
      }
    }
    ... on Error {
      code
      message
    }
  }
}`,
    { input: {} },
  ),
];

function tab(query: string, variables: Record<string, unknown>): ExplorerTab {
  return { query, variables: JSON.stringify(variables, undefined, 2) };
}
