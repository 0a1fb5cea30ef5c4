/** User and password, the hosts with their ports, and the rest. */
const PARTS = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/is;
const SESSION_ATTRIBUTES = /([?&])target_session_attrs=[^&]*(?:&|$)/g;

/**
 * One URL for each host of a database's URL, which may name several, as libpq has it: `postgres://USER@ONE:5432,TWO/DATABASE`.
 * What else it says is the same for all. Which kind of server is wanted goes without saying: one that can be written.
 */
export function hostUrls(url: string): string[] {
  const [, before = '', hosts = '', after = ''] = PARTS.exec(url) ?? [];
  const rest = after.replace(SESSION_ATTRIBUTES, '$1').replace(/[?&]$/, '');
  return hosts.split(',').map((host) => `${before}${host}${rest}`);
}

/** For people: `one:5432, two:5432`. */
export function hostNames(url: string): string {
  const names = hostUrls(url).map((each) => decodeURIComponent(new URL(each).host));
  return names.join(', ') || 'this machine';
}
