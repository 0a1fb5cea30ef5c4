import { createHash } from 'node:crypto';
import { createBoundedFetch, type Fetch } from './oidc/bounded-fetch.js';

/** What somebody who chooses a password can be made to wait. */
const TIMEOUT_MS = 2_000;
/** Nobody else waits for a server that has just failed. */
const REST_MS = 30_000;
const PREFIX_CHARACTERS = 5;

const NOT_LOOKED_UP = 'a password was not looked up: the range server failed';

/**
 * Whether a password stands in the lists of a range server (Have I Been Pwned's "Pwned Passwords" and its like); null where
 * that is not to be told. Never rejects.
 *
 * @param password in NFC
 */
export type IsBreached = (password: string) => Promise<boolean | null>;

interface Log {
  warn(details: { readonly err: unknown }, message: string): void;
}

interface BreachedPasswordsOptions {
  /** The range's prefix follows its path: `https://api.pwnedpasswords.com/range/`. null: nobody is asked. */
  readonly url: string | null;
  readonly clock: () => Date;
  readonly fetch: Fetch;
  readonly log: Log;
}

/**
 * Asks by k-anonymity: the server is told the first 20 bits of the password's SHA-1, which hundreds of others share, and the
 * answer is padded, so that its length tells an onlooker nothing either.
 */
export function createBreachedPasswords({ url, clock, fetch, log }: BreachedPasswordsOptions): IsBreached {
  if (url === null) return () => Promise.resolve(false);
  const boundedFetch = createBoundedFetch(0, clock, fetch);
  const base = url.endsWith('/') ? url : `${url}/`;
  let restsUntilMs = 0;

  return async (password) => {
    if (clock().getTime() < restsUntilMs) return null;
    const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
    try {
      const answer = await boundedFetch(base + digest.slice(0, PREFIX_CHARACTERS), {
        headers: { 'add-padding': 'true', 'user-agent': 'fluxgate' },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.status !== 200) throw new Error(`${new URL(url).host} answered ${answer.status}`);
      return hasSuffix(await answer.text(), digest.slice(PREFIX_CHARACTERS));
    } catch (error) {
      restsUntilMs = clock().getTime() + REST_MS;
      log.warn({ err: error }, NOT_LOOKED_UP);
      return null;
    }
  };
}

/** Lines of `SUFFIX:COUNT`; padding has the count 0. */
function hasSuffix(text: string, suffix: string): boolean {
  return text.split(/\r?\n/).some((line) => {
    const [found = '', count = ''] = line.split(':');
    return found.toUpperCase() === suffix && Number(count) > 0;
  });
}
