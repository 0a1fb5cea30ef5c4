import type { Client } from 'pg';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'clock';
const WARN_BEYOND_MS = 2_000;
const FAIL_BEYOND_MS = 30_000;

/** Access tokens go by this machine's clock, sessions by the database's. */
export async function checkClock(client: Client, clock: () => Date): Promise<Finding> {
  const askedMs = clock().getTime();
  const { rows } = await client.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms',
  );
  const answeredMs = clock().getTime();
  const aheadMs = Math.round((askedMs + answeredMs) / 2 - (rows[0]?.ms ?? 0));
  const apartMs = Math.abs(aheadMs);
  const saw = `${apartMs} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} the database's`;
  if (apartMs <= WARN_BEYOND_MS) return ok(CHECK, saw);
  const advice = 'synchronise both machines (NTP)';
  return apartMs > FAIL_BEYOND_MS ? failed(CHECK, saw, advice) : warning(CHECK, saw, advice);
}
