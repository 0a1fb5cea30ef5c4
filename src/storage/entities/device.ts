import { defineEntity, p } from '@mikro-orm/core';
import { momentOfInsert } from './columns.js';
import { User } from './user.js';

const DeviceSchema = defineEntity({
  name: 'Device',
  tableName: 'devices',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).lazyRef().index('devices_user_id').foreignKeyName('devices_user_id_fkey'),
    /** For people: "Firefox on macOS", or what they called it. */
    name: p.text(),
    browser: p.text().strictNullable(),
    os: p.text().strictNullable(),
    /** User-agent family | OS | language | IP prefix of the last sign-in: how a device without its cookie is recognised. */
    recognitionKey: p.text().lazy(),
    /** Of the password under which it was last given its signed cookie; null: never, or one that tells no version. */
    passwordVersion: p.integer().strictNullable().lazy(),
    firstSeenAt: momentOfInsert(),
    lastSeenAt: momentOfInsert(),
  },
});

/** What a user signs in on. */
export class Device extends DeviceSchema.class {}
DeviceSchema.setClass(Device);
