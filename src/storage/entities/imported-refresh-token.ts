import { defineEntity, p } from '@mikro-orm/core';
import type { SessionEndReason } from '../../errors.js';

/** A refresh token of the server that this one took over from: only its digest is known. */
const ImportedRefreshTokenSchema = defineEntity({
  name: 'ImportedRefreshToken',
  tableName: 'imported_refresh_tokens',
  properties: {
    /** SHA-256 of the token. */
    digest: p.blob().primary(),
    userId: p.uuid(),
    deviceName: p.text().nullable(),
    expiresAt: p.datetime(),
    /** The session that it was exchanged for. */
    sessionId: p.uuid().nullable(),
    /** Ended before it was exchanged. */
    revokedAt: p.datetime().nullable(),
    revokeReason: p.text().$type<SessionEndReason>().nullable(),
  },
});

export class ImportedRefreshToken extends ImportedRefreshTokenSchema.class {}
ImportedRefreshTokenSchema.setClass(ImportedRefreshToken);
