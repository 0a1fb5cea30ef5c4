import { hostUrls } from '../storage/database-hosts.js';
import { isPercentEncoded, type Parsed } from './parsers.js';

const FORM = 'use postgres://USER:PASSWORD@HOST:PORT/DATABASE';
/** What libpq also knows is for those who only read. */
const WRITABLE = ['read-write', 'primary'];

/** One host, or several with commas between them, as libpq has it. */
export function databaseUrl(text: string): Parsed<string> {
  const urls = hostUrls(text);
  for (const each of urls) {
    const problem = problemOf(each, urls.length > 1);
    if (problem !== null) return { refused: problem };
  }
  const query = new URLSearchParams(/\?([^#]*)/.exec(text)?.[1]);
  if (!query.getAll('target_session_attrs').every((wanted) => WRITABLE.includes(wanted)))
    return { refused: `a gateway writes: of target_session_attrs it takes ${WRITABLE.join(' and ')}` };
  if (urls.length > 1 && (query.has('host') || query.has('port')))
    return { refused: 'it names hosts twice; name them before the database, as in ONE:5432,TWO:5432' };
  return { value: text };
}

function problemOf(text: string, isOneOfSeveral: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) {
    const several = isOneOfSeveral ? ', hosts as in ONE:5432,TWO:5432' : '';
    return `it is not a URL; ${FORM}${several}, with special characters in USER and PASSWORD percent-encoded`;
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') return `it is not PostgreSQL's; ${FORM}`;
  if (!url.hostname) return `it names no host; ${FORM}`;
  if (url.pathname.length < 2) return `it names no database; ${FORM}`;
  if (![url.username, url.password, url.hostname, url.pathname].every(isPercentEncoded))
    return 'a % in it starts no percent-encoding; write %25 for the character itself';
  return null;
}
