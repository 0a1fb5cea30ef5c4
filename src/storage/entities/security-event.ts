import { defineEntity, p } from '@mikro-orm/core';

/** No foreign keys: an event outlives what it tells of. */
const SecurityEventSchema = defineEntity({
  name: 'SecurityEvent',
  tableName: 'security_events',
  properties: {
    /** UUIDv7: its order is the order of time. */
    id: p.uuid().primary(),
    /** Dotted, past tense: `refresh.reused`. */
    type: p.text(),
    /** 0 INFO, 1 WARNING, 2 CRITICAL. */
    severity: p.smallint(),
    userId: p.uuid().nullable(),
    sessionId: p.uuid().nullable(),
    ip: p.string().columnType('inet').nullable(),
    userAgent: p.text().nullable(),
    details: p.json<Record<string, unknown>>().defaultRaw(`'{}'`),
    occurredAt: p.datetime().defaultRaw('now()'),
  },
});

export class SecurityEvent extends SecurityEventSchema.class {}
SecurityEventSchema.setClass(SecurityEvent);
