import { defineEntity, p } from '@mikro-orm/core';

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
  },
});

export class ImportedRefreshToken extends ImportedRefreshTokenSchema.class {}
ImportedRefreshTokenSchema.setClass(ImportedRefreshToken);
