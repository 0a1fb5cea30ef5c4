import { defineEntity, p } from '@mikro-orm/core';
import { momentOfInsert } from './columns.js';
import { User } from './user.js';

const IdentitySchema = defineEntity({
  name: 'Identity',
  tableName: 'identities',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).lazyRef().index('identities_user_id').foreignKeyName('identities_user_id_fkey'),
    /** Its name here when it was last used. */
    provider: p.text(),
    /** As the provider's ID tokens name it. Together with the subject it is who somebody is; the e-mail never is. */
    issuer: p.text(),
    subject: p.text(),
    /** As last seen; for people. */
    email: p.text().strictNullable(),
    createdAt: momentOfInsert(),
    lastUsedAt: momentOfInsert(),
  },
  uniques: [{ name: 'identities_issuer_subject_unique', properties: ['issuer', 'subject'] }],
});

/** An account's way in through an OpenID provider. */
export class Identity extends IdentitySchema.class {}
IdentitySchema.setClass(Identity);
