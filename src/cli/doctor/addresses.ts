import type { Client } from 'pg';
import type { Config } from '../../config.js';
import { isPrivateAddress } from '../../transport/edge/private-address.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'client addresses';
const LATEST_EVENTS = 1_000;
/** Fewer people may well sit in one office, or be one developer. */
const FEWEST_USERS = 5;

/**
 * Where every client comes from one private address, it is that of a proxy whose word is not taken: all share its limits,
 * and one of them can use up everybody's.
 */
export async function checkAddresses(
  client: Client,
  { trustedProxies }: Pick<Config, 'trustedProxies'>,
): Promise<Finding> {
  const { rows } = await client.query<{ ip: string; users: number }>(
    `SELECT host(ip) AS ip, count(DISTINCT user_id)::integer AS users
     FROM (SELECT ip, user_id FROM security_events WHERE ip IS NOT NULL ORDER BY id DESC LIMIT ${LATEST_EVENTS}) AS latest
     GROUP BY ip LIMIT 2`,
  );
  const [only, other] = rows;
  if (!only || other || only.users < FEWEST_USERS || !isPrivateAddress(only.ip))
    return ok(CHECK, 'clients come from addresses of their own, or there are few yet');
  const named = trustedProxies.length > 0 ? 'does not name it' : 'is not set';
  return warning(
    CHECK,
    `the last ${only.users} users all came from ${only.ip}, and FLUXGATE_TRUSTED_PROXIES ${named}: they share its limits`,
    `if a proxy has that address, add ${only.ip} to FLUXGATE_TRUSTED_PROXIES, and let it send X-Forwarded-For`,
  );
}
