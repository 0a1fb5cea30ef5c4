import { encode, type RequestParts } from '../http/parts.ts';

/** What a hostile request is made with. */
export interface Means {
  /** Of an account of the attacker's own. */
  readonly accessToken: string;
  /** Never the same number twice. */
  readonly nth: number;
}

const PAGE =
  'edges { cursor node { id type severity details ipAddress userAgent } } nodes { id type severity details }';
const FULL_PAGE = 'nodes { id type severity details ipAddress occurredAt userAgent }';
const COMMENTS = '# nothing to read here\n'.repeat(600);
const MAX_BODY_BYTES = 16 * 1024;

/** A kind of request, and how many of a thousand are of it. */
export interface HostileKind {
  readonly name: string;
  readonly perThousand: number;
  readonly bytes: (means: Means) => Buffer;
}

function graphql(query: string, variables: object = {}, accessToken?: string): Buffer {
  const bearer = accessToken === undefined ? [] : ([['authorization', `Bearer ${accessToken}`]] as const);
  return post('/graphql', JSON.stringify({ query, variables }), bearer);
}

function post(target: string, body: string, headers: RequestParts['headers'] = []): Buffer {
  return encode({ method: 'POST', target, headers: [['content-type', 'application/json'], ...headers], body });
}

/** Each request from an address of its own: 60,000 networks of IPv6, more than any limit by address remembers. */
function from({ nth }: Means): RequestParts['headers'] {
  return [['x-forwarded-for', `2001:db8:${(nth % 60_000).toString(16)}::1`]];
}

export const HOSTILE_KINDS: readonly HostileKind[] = [
  {
    name: 'documents of comments',
    perThousand: 120,
    bytes: ({ nth }) => graphql(`${COMMENTS}{ a${nth}: __typename }`.slice(0, MAX_BODY_BYTES - 200)),
  },
  {
    name: 'documents of fields, each new',
    perThousand: 120,
    bytes: ({ nth }) =>
      graphql(`{ ${Array.from({ length: 20 }, (_, at) => `a${nth}_${at}: authConfig { providers }`).join(' ')} }`),
  },
  {
    name: 'the dearest reads, beyond what is allowed',
    perThousand: 100,
    bytes: ({ accessToken }) =>
      graphql(
        `{ ${Array.from({ length: 20 }, (_, at) => `a${at}: securityEvents(first: 100) { ${PAGE} }`).join(' ')} }`,
        {},
        accessToken,
      ),
  },
  {
    name: 'the dearest reads that are allowed',
    perThousand: 100,
    bytes: ({ accessToken }) => graphql(`{ securityEvents(first: 100) { ${FULL_PAGE} } }`, {}, accessToken),
  },
  {
    name: 'dates out of range',
    perThousand: 80,
    bytes: ({ accessToken, nth }) =>
      graphql(
        'query ($since: DateTime) { securityEvents(filter: { since: $since }) { nodes { id } } }',
        { since: nth % 2 === 0 ? '9999-12-31T23:59:59-00:01' : '-271821-04-20T00:00:00.000Z' },
        accessToken,
      ),
  },
  {
    name: 'passwords that are not NFC',
    perThousand: 60,
    bytes: (means) =>
      post(
        '/api/auth/login',
        JSON.stringify({ email: `nobody-${means.nth}@example.com`, password: `e\u0301-${means.nth}-secret` }),
        from(means),
      ),
  },
  {
    name: 'documents too deep',
    perThousand: 80,
    bytes: ({ nth }) => graphql(`{ a${nth}: sessions ${'{ device '.repeat(250)} ${'}'.repeat(250)} }`),
  },
  {
    name: 'one field five hundred times',
    perThousand: 80,
    bytes: ({ nth }) => graphql(`{ a${nth}: me { ${'id name '.repeat(250)} } }`),
  },
  { name: 'bodies of a megabyte', perThousand: 60, bytes: () => post('/graphql', `"${'x'.repeat(1_000_000)}"`) },
  {
    name: 'forged refresh tokens',
    perThousand: 60,
    bytes: ({ nth }) =>
      post('/api/auth/refresh', JSON.stringify({ refreshToken: `fgr_${String(nth).padStart(78, 'A')}` })),
  },
];

/** `/readyz`, all of them at the same moment. */
export const READYZ_AT_ONCE = 900;
export const READYZ = encode({ method: 'GET', target: '/readyz', headers: [] });

/** Connections on which requests are sent and no answer is read. */
export const UNREAD_CONNECTIONS = 40;
export const UNREAD_REQUESTS_EACH = 12;
