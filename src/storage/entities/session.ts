import { defineEntity, p } from '@mikro-orm/core';
import type { SessionEndReason } from '../../errors.js';
import { Device } from './device.js';
import { User } from './user.js';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).ref(),
    device: () => p.manyToOne(Device).ref(),
    /** The counter of the one refresh token that is valid now. */
    refreshCounter: p.bigint().default('0'),
    rotatedAt: p.datetime().defaultRaw('now()'),
    /** User-agent family of the last rotation: what "the same client" means where no device cookie is sent. */
    rotatedBy: p.text(),
    /** Replays of the last rotation. */
    replays: p.integer().default(0),
    lastOutcome: p.text().nullable(),
    lastIp: p.string().columnType('inet').nullable(),
    lastUsedAt: p.datetime().defaultRaw('now()'),
    idleExpiresAt: p.datetime(),
    absoluteExpiresAt: p.datetime(),
    authenticatedAt: p.datetime().defaultRaw('now()'),
    createdAt: p.datetime().defaultRaw('now()'),
    revokedAt: p.datetime().nullable(),
    revokeReason: p.text().$type<SessionEndReason>().nullable(),
  },
});

export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
