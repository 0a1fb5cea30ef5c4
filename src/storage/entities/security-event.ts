import { defineEntity, p, type Opt } from '@mikro-orm/core';
import { ipAddress, momentOfInsert } from './columns.js';

/** In their order. */
export const SEVERITIES = ['INFO', 'WARNING', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

const SecurityEventSchema = defineEntity({
  name: 'SecurityEvent',
  tableName: 'security_events',
  properties: {
    /** UUIDv7: its order is the order of time. */
    id: p.uuid().primary(),
    /** Dotted, past tense: `refresh.reused`. */
    type: p.text(),
    /** Its place in SEVERITIES. */
    severityRank: p.smallint().fieldName('severity'),
    userId: p.uuid().strictNullable(),
    sessionId: p.uuid().strictNullable(),
    ip: ipAddress().strictNullable(),
    userAgent: p.text().strictNullable(),
    details: p.json<Record<string, unknown>>().defaultRaw(`'{}'::jsonb`),
    occurredAt: momentOfInsert(),
  },
  indexes: [{ name: 'security_events_user_id_id', properties: ['userId', 'id'] }],
  checks: [{ name: 'security_events_severity_check', expression: 'severity >= 0 and severity <= 2' }],
});

/** What happened to an account. No foreign keys: an event outlives what it tells of. */
export class SecurityEvent extends SecurityEventSchema.class {
  get severity(): Opt<Severity> {
    return SEVERITIES[this.severityRank] ?? 'INFO';
  }
}
SecurityEventSchema.setClass(SecurityEvent);
