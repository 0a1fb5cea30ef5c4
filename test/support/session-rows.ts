import type { Gateway } from './gateway.js';
import type { SecurityEventRow } from './security-event-rows.js';

export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  /** bigint, as text. */
  readonly refresh_counter: string;
  readonly rotated_at: Date;
  readonly rotated_by: string;
  readonly replays: number;
  readonly last_outcome: string | null;
  readonly last_ip: string | null;
  readonly last_used_at: Date;
  readonly idle_expires_at: Date;
  readonly absolute_expires_at: Date;
  readonly revoked_at: Date | null;
  readonly revoke_reason: string | null;
}

export async function sessionRow(gateway: Gateway, sessionId: string): Promise<SessionRow> {
  const [row] = await gateway.sql<SessionRow>('select * from sessions where id = $1', [sessionId]);
  if (!row) throw new Error('there is no such session');
  return row;
}

/** Changes a session behind the gateway's back, to move time above all: `rotated_at = now() - interval '30 seconds'`. */
export async function setSession(gateway: Gateway, sessionId: string, assignments: string): Promise<SessionRow> {
  await gateway.sql(`update sessions set ${assignments} where id = $1`, [sessionId]);
  return sessionRow(gateway, sessionId);
}

/** A session's events as they are stored, oldest first. */
export async function sessionEvents(gateway: Gateway, sessionId: string): Promise<SecurityEventRow[]> {
  return gateway.sql<SecurityEventRow>('select * from security_events where session_id = $1 order by id', [sessionId]);
}
