import { fail } from 'k6';
import http from 'k6/http';
import { readNumber, readText } from './environment.ts';

/** The gateway under test, without a trailing slash. */
export const BASE_URL = readText('BASE_URL', 'http://localhost:4000').replace(/\/+$/, '');

/** Of every account that a run makes there. */
export const PASSWORD = readText('LOAD_PASSWORD', 'larch-quay-72-umber');

/** As k6 spells a duration. */
export const REQUEST_TIMEOUT = `${readNumber('REQUEST_TIMEOUT_SECONDS', 10)}s`;

/** For setup(): a run against a gateway that is not there ends before it has produced a number. */
export function requireReady(): void {
  const ready = http.get(`${BASE_URL}/readyz`, { tags: { name: 'readyz' }, timeout: REQUEST_TIMEOUT });
  if (ready.status !== 200) fail(`${BASE_URL} is not ready: ${ready.error || `HTTP ${ready.status}`}`);
}
