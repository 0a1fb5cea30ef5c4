import { defineEntity, p } from '@mikro-orm/core';
import type { SessionEndReason } from '../../errors.js';
import { moment } from './columns.js';
import { User } from './user.js';

const ImportedRefreshTokenSchema = defineEntity({
  name: 'ImportedRefreshToken',
  tableName: 'imported_refresh_tokens',
  properties: {
    /** SHA-256 of the token. */
    digest: p.blob().primary(),
    user: () =>
      p
        .manyToOne(User)
        .lazyRef()
        .index('imported_refresh_tokens_user_id')
        .foreignKeyName('imported_refresh_tokens_user_id_fkey'),
    deviceName: p.text().strictNullable(),
    expiresAt: moment().index('imported_refresh_tokens_expires_at'),
    /** The session that it was exchanged for. */
    sessionId: p.uuid().strictNullable(),
    /** Ended before it was exchanged. */
    revokedAt: moment().strictNullable(),
    revokeReason: p.text().$type<SessionEndReason>().strictNullable(),
    /** Why it is no longer good, by the database's clock at the moment of reading; null while it is. */
    endReason: p
      .text()
      .$type<SessionEndReason>()
      .strictNullable()
      .formula(
        ({ revokedAt, revokeReason, expiresAt }) =>
          `case when ${revokedAt} is not null then ${revokeReason} when ${expiresAt} <= now() then 'EXPIRED_IDLE' end`,
      ),
  },
  checks: [
    { name: 'imported_refresh_tokens_digest_check', expression: 'length(digest) = 32' },
    { name: 'imported_refresh_tokens_check', expression: '(revoked_at is null) = (revoke_reason is null)' },
  ],
});

/** A refresh token of the server that this one took over from: only its digest is known. */
export class ImportedRefreshToken extends ImportedRefreshTokenSchema.class {}
ImportedRefreshTokenSchema.setClass(ImportedRefreshToken);
