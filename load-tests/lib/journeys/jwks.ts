import { check } from 'k6';
import http from 'k6/http';
import { readNumber } from '../environment.ts';
import { fieldsOf } from '../json.ts';
import type { Journey } from '../plan.ts';
import { BASE_URL, REQUEST_TIMEOUT } from '../target.ts';

/** What every service that trusts the gateway's tokens fetches. */
export const KEYS: Journey = {
  protocol: 'http',
  perSecond: readNumber('JWKS_PER_SECOND', 100),
  p95Ms: { jwks: readNumber('JWKS_P95_MS', 50) },
};

export const METADATA: Journey = {
  protocol: 'http',
  perSecond: readNumber('METADATA_PER_SECOND', 10),
  p95Ms: { metadata: readNumber('METADATA_P95_MS', 50) },
};

interface KeySet {
  readonly keys?: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** RFC 7517 §5: public keys, cacheable, and nothing else. */
export function keys(): void {
  const response = http.get(`${BASE_URL}/.well-known/jwks.json`, { tags: { name: 'jwks' }, timeout: REQUEST_TIMEOUT });
  const list = fieldsOf<KeySet>(response.body).keys ?? [];
  check(response, {
    'jwks: HTTP 200': ({ status }) => status === 200,
    'jwks: may be cached': ({ headers }) => /max-age=[1-9]/.test(headers['Cache-Control'] ?? ''),
    'jwks: has a key, and every key a name': () => list.length > 0 && list.every(({ kid }) => typeof kid === 'string'),
    'jwks: has no private half': () => list.every((key) => !('d' in key)),
  });
}

/** RFC 8414 §2. */
export function metadata(): void {
  const response = http.get(`${BASE_URL}/.well-known/oauth-authorization-server`, {
    tags: { name: 'metadata' },
    timeout: REQUEST_TIMEOUT,
  });
  const { issuer, jwks_uri: keysAt } = fieldsOf<{ issuer?: string; jwks_uri?: string }>(response.body);
  check(response, {
    'metadata: HTTP 200': ({ status }) => status === 200,
    'metadata: says where the keys are': () => issuer !== undefined && keysAt === `${issuer}/.well-known/jwks.json`,
  });
}
