import { defineEntity, p } from '@mikro-orm/core';

export const USER_TYPES = ['client', 'freelancer', 'admin'] as const;
export type UserType = (typeof USER_TYPES)[number];

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    /** As typed at sign-up, NFC. */
    email: p.text(),
    /** Canonical form: what makes an account unique. */
    emailKey: p.text().unique(),
    name: p.text(),
    userType: p.text().$type<UserType>(),
    /** Granted by an administrator only; a user type never grants one. */
    roles: p.array().columnType('text[]').$type<string[]>(),
    status: p.text().$type<'active' | 'disabled'>().default('active'),
    /** PHC string; null for an account without a password. */
    passwordHash: p.text().nullable().hidden().lazy(),
    /** Moves with every password change, so that a sign-in that verified an older one cannot land. */
    passwordVersion: p.integer().default(1),
    emailVerifiedAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    updatedAt: p.datetime().defaultRaw('now()'),
  },
});

export class User extends UserSchema.class {}
UserSchema.setClass(User);
