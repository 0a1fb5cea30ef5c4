import { defineEntity, p, type Opt } from '@mikro-orm/core';
import type { SessionEndReason } from '../../errors.js';
import { ipAddress, moment, momentOfInsert } from './columns.js';
import { Device } from './device.js';
import { User } from './user.js';

export const SESSION_STATUSES = ['ACTIVE', 'EXPIRED', 'REVOKED'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).lazyRef().index('sessions_user_id').foreignKeyName('sessions_user_id_fkey'),
    device: () => p.manyToOne(Device).lazyRef().index('sessions_device_id').foreignKeyName('sessions_device_id_fkey'),
    // What rotating a refresh token goes by. It is judged and written in one statement (session/rotate.ts), and lazy here.
    /** The counter of the one refresh token that is valid now. */
    refreshCounter: p.bigint('bigint').defaultRaw('0').lazy(),
    rotatedAt: momentOfInsert().lazy(),
    /** User-agent family of the last rotation: what "the same client" means where no device cookie is sent. */
    rotatedBy: p.text().lazy(),
    /** Replays of the last rotation. */
    replays: p.integer().default(0).lazy(),
    lastOutcome: p.text().strictNullable().lazy(),
    /** When a gateway that was cut off may have lost the answer to a refresh of it. */
    unanswered: p.string().columnType('tstzrange').strictNullable().lazy(),

    lastIp: ipAddress().strictNullable(),
    lastUsedAt: momentOfInsert(),
    idleExpiresAt: moment(),
    absoluteExpiresAt: moment(),
    authenticatedAt: momentOfInsert(),
    createdAt: momentOfInsert(),
    revokedAt: moment().strictNullable(),
    revokeReason: p.text().$type<SessionEndReason>().strictNullable(),
    /** Why it has ended, by the database's clock at the moment of reading; null while it lives. */
    endReason: p
      .text()
      .$type<SessionEndReason>()
      .strictNullable()
      .formula(
        ({ revokedAt, revokeReason, absoluteExpiresAt, idleExpiresAt }) =>
          `case when ${revokedAt} is not null then ${revokeReason}
                when ${absoluteExpiresAt} <= now() then 'EXPIRED_ABSOLUTE'
                when ${idleExpiresAt} <= now() then 'EXPIRED_IDLE' end`,
      ),
  },
  indexes: [
    { name: 'sessions_revoked_at', properties: ['revokedAt'], where: 'revoked_at is not null' },
    { name: 'sessions_user_id_live', properties: ['user'], where: 'revoked_at is null' },
  ],
  checks: [{ name: 'sessions_check', expression: '(revoked_at is null) = (revoke_reason is null)' }],
});

/**
 * One sign-in on one device. It ends when it is revoked, when it stays idle past its idle deadline, or at its absolute
 * deadline, which never moves. Every deadline is set and judged by the database's clock.
 */
export class Session extends SessionSchema.class {
  get status(): Opt<SessionStatus> {
    if (!this.endReason) return 'ACTIVE';
    return this.endReason === 'EXPIRED_IDLE' || this.endReason === 'EXPIRED_ABSOLUTE' ? 'EXPIRED' : 'REVOKED';
  }
}
SessionSchema.setClass(Session);
