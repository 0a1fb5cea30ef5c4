import { EntitySchema } from '@mikro-orm/core';
import { Device } from './entities/device.js';
import { Identity } from './entities/identity.js';
import { ImportedRefreshToken } from './entities/imported-refresh-token.js';
import { Pulse } from './entities/pulse.js';
import { SecurityEvent } from './entities/security-event.js';
import { Session } from './entities/session.js';
import { SigningKey } from './entities/signing-key.js';
import { UsedProof } from './entities/used-proof.js';
import { User } from './entities/user.js';

/** Every table there is. */
export const ENTITIES = [
  User,
  Device,
  Session,
  SecurityEvent,
  SigningKey,
  ImportedRefreshToken,
  Identity,
  UsedProof,
  Pulse,
];

/** Ours, and nothing else: what a serving role reads and writes. */
export const TABLES: readonly string[] = ENTITIES.map((entity) => EntitySchema.REGISTRY.get(entity)!.meta.tableName);
