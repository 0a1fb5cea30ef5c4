import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { GraphQLSchema } from 'graphql';
import { encode, type RequestParts } from '../http/parts.ts';
import { PUBLIC_URL } from '../gateway.ts';
import type { Draw } from '../pool.ts';
import { hasSucceeded, operationOf, operations, refusalNames, type Operation } from './operations.ts';
import type { RequestPlan } from './plan.ts';

/** How a document travels. Only the first is what clients do; the others are refused, or succeed where HTTP has a way. */
export const TRANSPORTS = ['json', 'get', 'batch', 'persisted', 'unknown hash', 'multipart', 'form', 'text'] as const;
type Transport = (typeof TRANSPORTS)[number];

const BOUNDARY = 'fuzz-boundary';
const JSON_TYPE = ['content-type', 'application/json'] as const;

/** Operations of the schema, most of them by `POST` and with a session's own credential. */
export function graphqlRequests(schema: GraphQLSchema): fc.Arbitrary<RequestPlan> {
  const refusals = refusalNames(schema);
  const transport = fc.oneof(
    { arbitrary: fc.constant<Transport>('json'), weight: 12 },
    fc.constantFrom<Transport>(...TRANSPORTS),
  );
  return fc
    .tuple(operations(schema), transport, fc.nat(9_999), fc.nat(19))
    .map(([plan, by, pick, chance]) => (pool) => {
      const draw = pool.draw(pick);
      const operation = operationOf(plan, draw);
      const parts = carried(by, operation, credentials(draw, chance));
      const isMeantToSucceed = (by === 'json' || (by === 'get' && plan.type === 'query')) && chance !== 0;
      return {
        kind: `graphql ${by}`,
        bytes: encode(parts),
        parts,
        draw,
        isWhole: true,
        mayBeCutOff: false,
        isMeantToSucceed,
        hasSucceeded: (status, body) => status === 200 && hasSucceeded(operation, body, refusals),
      };
    });
}

/** A bearer token as a rule, none at times, and at others a browser's cookies with the origin that goes with them. */
function credentials({ session, deviceCookie }: Draw, chance: number): [string, string][] {
  if (chance === 0) return [];
  const headers: [string, string][] = session.accessToken ? [['authorization', `Bearer ${session.accessToken}`]] : [];
  if (chance > 15)
    headers.push(
      ['origin', PUBLIC_URL],
      ['cookie', `fluxgate_access=${session.accessToken ?? ''}; fluxgate_device=${deviceCookie ?? ''}`],
    );
  return headers;
}

function carried(by: Transport, { query, variables }: Operation, headers: [string, string][]): RequestParts {
  const post = (type: string, body: string): RequestParts => {
    return { method: 'POST', target: '/graphql', headers: [...headers, ['content-type', type]], body };
  };
  const whole = { query, variables };
  const hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
  switch (by) {
    case 'json':
      return post(JSON_TYPE[1], JSON.stringify(whole));
    case 'get': {
      const search = new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString();
      return { method: 'GET', target: `/graphql?${search}`, headers: [...headers, ['apollo-require-preflight', '1']] };
    }
    case 'batch':
      return post(JSON_TYPE[1], JSON.stringify([whole, whole]));
    case 'persisted':
      return post(JSON_TYPE[1], JSON.stringify({ ...whole, extensions }));
    case 'unknown hash':
      return post(JSON_TYPE[1], JSON.stringify({ variables, extensions }));
    case 'multipart': {
      const field = (name: string, value: string) =>
        `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
      const body = `${field('operations', JSON.stringify(whole))}${field('map', '{}')}--${BOUNDARY}--\r\n`;
      return post(`multipart/form-data; boundary=${BOUNDARY}`, body);
    }
    case 'form':
      return post('application/x-www-form-urlencoded', new URLSearchParams({ query }).toString());
    case 'text':
      return post('text/plain', JSON.stringify(whole));
  }
}
