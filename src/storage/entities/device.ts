import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.js';

const DeviceSchema = defineEntity({
  name: 'Device',
  tableName: 'devices',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).ref(),
    /** For people: "Firefox on macOS", or what they called it. */
    name: p.text(),
    browser: p.text().nullable(),
    os: p.text().nullable(),
    /** User-agent family | OS | language | IP prefix of the last sign-in: how a device without its cookie is recognised. */
    recognitionKey: p.text(),
    firstSeenAt: p.datetime().defaultRaw('now()'),
    lastSeenAt: p.datetime().defaultRaw('now()'),
  },
});

export class Device extends DeviceSchema.class {}
DeviceSchema.setClass(Device);
