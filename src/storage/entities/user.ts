import { defineEntity, p, type Opt } from '@mikro-orm/core';
import { databaseNow } from '../database-clock.js';
import { moment, momentOfInsert, textArray } from './columns.js';

export const USER_TYPES = ['client', 'freelancer', 'admin'] as const;
export type UserType = (typeof USER_TYPES)[number];

/** Of an account whose password was never changed. */
export const FIRST_PASSWORD_VERSION = 1;

/** Beyond so many it is not told how many sessions an account has. */
export const MOST_COUNTED_SESSIONS = 1_000;

/** What fails where two accounts would have one address. */
export const EMAIL_KEY_CONSTRAINT = 'users_email_key_unique';

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    /** As typed at sign-up, NFC. */
    email: p.text(),
    /** Canonical form: what makes an account unique. */
    emailKey: p.text().unique(EMAIL_KEY_CONSTRAINT),
    name: p.text(),
    userType: p.text().$type<UserType>(),
    /** Granted by an administrator only; a user type never grants one. */
    roles: textArray(),
    status: p.text().$type<'active' | 'disabled'>().default('active'),
    /** PHC string; null for an account without a password. Read only where a password is verified. */
    passwordHash: p.text().strictNullable().hidden().lazy(),
    /** Moves with every password change, so that a sign-in that verified an older one cannot land. */
    passwordVersion: p.integer().default(FIRST_PASSWORD_VERSION),
    emailVerifiedAt: moment().strictNullable(),
    /** Issuers whose identities the user has taken away: they come back by linking alone, not by the address. */
    unlinkedIssuers: textArray().lazy(),
    /** Sessions that live, by the database's clock at the moment of reading; up to a thousand are counted. */
    liveSessions: p
      .integer()
      .formula(
        ({ id }) =>
          `(select count(*)::integer from (select from sessions as s where s.user_id = ${id} and s.revoked_at is null
              and s.idle_expires_at > now() and s.absolute_expires_at > now() limit ${MOST_COUNTED_SESSIONS}) as live)`,
      )
      .lazy()
      .$type<Opt<number>>(),
    createdAt: momentOfInsert(),
    updatedAt: momentOfInsert().onUpdate(() => databaseNow()),
  },
  checks: [
    { name: 'users_user_type_check', expression: `user_type in (${USER_TYPES.map((type) => `'${type}'`).join(', ')})` },
    { name: 'users_status_check', expression: `status in ('active', 'disabled')` },
  ],
});

/**
 * An account. Two spellings of one e-mail address are one account: what makes it unique is the canonical key
 * (NFKC, lower case, no surrounding space, the domain in Punycode), never the address as typed.
 */
export class User extends UserSchema.class {}
UserSchema.setClass(User);
