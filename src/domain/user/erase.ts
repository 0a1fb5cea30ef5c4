import type { EntityManager } from '@mikro-orm/postgresql';
import { Device } from '../../storage/entities/device.js';
import { Identity } from '../../storage/entities/identity.js';
import { ImportedRefreshToken } from '../../storage/entities/imported-refresh-token.js';
import { Session } from '../../storage/entities/session.js';
import { User } from '../../storage/entities/user.js';

/** How many rows of an account there were. */
export interface Erased {
  readonly sessions: number;
  readonly devices: number;
  readonly identities: number;
  readonly importedTokens: number;
}

/** Deletes an account with all that belongs to it, in the transaction that has taken its row. Events are nobody's, and stay. */
export async function eraseUser(tx: EntityManager, userId: string): Promise<Erased> {
  const erased = {
    importedTokens: await tx.nativeDelete(ImportedRefreshToken, { user: userId }),
    sessions: await tx.nativeDelete(Session, { user: userId }),
    devices: await tx.nativeDelete(Device, { user: userId }),
    identities: await tx.nativeDelete(Identity, { user: userId }),
  };
  await tx.nativeDelete(User, { id: userId });
  return erased;
}
