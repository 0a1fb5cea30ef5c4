import type { Gateway } from './gateway.js';

export interface SecurityEventRow {
  readonly id: string;
  readonly type: string;
  /** 0 INFO, 1 WARNING, 2 CRITICAL. */
  readonly severity: number;
  readonly user_id: string | null;
  readonly session_id: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly details: Record<string, unknown>;
}

/** A user's events as they are stored, oldest first; null for those of nobody. */
export async function eventRows(gateway: Gateway, userId: string | null): Promise<SecurityEventRow[]> {
  return gateway.sql<SecurityEventRow>(
    'select * from security_events where user_id is not distinct from $1 order by id',
    [userId],
  );
}

/** Their types alone, oldest first. */
export async function eventTypes(gateway: Gateway, userId: string | null): Promise<string[]> {
  return (await eventRows(gateway, userId)).map((event) => event.type);
}

/** How many of one type there are, whoever's they are. */
export async function countEvents(gateway: Gateway, type: string): Promise<number> {
  const [row] = await gateway.sql<{ count: number }>(
    'select count(*)::int as count from security_events where type = $1',
    [type],
  );
  return row?.count ?? 0;
}
