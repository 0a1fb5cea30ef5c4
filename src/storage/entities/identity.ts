import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.js';

/** An account's way in through an OpenID provider. */
const IdentitySchema = defineEntity({
  name: 'Identity',
  tableName: 'identities',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).ref(),
    /** Its name here when it was last used. */
    provider: p.text(),
    /** As the provider's ID tokens name it. Together with the subject it is who somebody is; the e-mail never is. */
    issuer: p.text(),
    subject: p.text(),
    /** As last seen; for people. */
    email: p.text().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    lastUsedAt: p.datetime().defaultRaw('now()'),
  },
});

export class Identity extends IdentitySchema.class {}
IdentitySchema.setClass(Identity);
