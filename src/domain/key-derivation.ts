import { hkdfSync } from 'node:crypto';
import { StartupError } from '../errors.js';

/** What is derived from the one secret. Nothing of it is ever stored. */
export interface DerivedKeys {
  /** 0 to 255: which secret a refresh token or an encrypted signing key belongs to. */
  readonly id: number;
  /** Authenticates refresh tokens; 32 bytes. */
  readonly refresh: Uint8Array;
  /** Authenticates device cookies; 32 bytes. */
  readonly device: Uint8Array;
  /** Encrypts what a browser keeps of a sign-in that it has begun; 32 bytes. */
  readonly browserLogin: Uint8Array;
  /** Encrypts the private halves of signing keys; 32 bytes. */
  readonly encryption: Uint8Array;
}

/** HKDF-SHA-256 (RFC 5869) with a label for each purpose: no key can stand in for another. */
export function deriveKeys(secret: string): DerivedKeys {
  const derive = (label: string, bytes: number) => new Uint8Array(hkdfSync('sha256', secret, '', label, bytes));
  return {
    id: derive('kid', 1)[0] ?? 0,
    refresh: derive('fluxgate refresh token v1', 32),
    device: derive('fluxgate device cookie v1', 32),
    browserLogin: derive('fluxgate browser login v1', 32),
    encryption: derive('fluxgate signing key encryption v1', 32),
  };
}

/** The keys of the secret in use, and those of the one before it, which still verify and decrypt. */
export interface Secrets {
  readonly current: DerivedKeys;
  readonly all: readonly DerivedKeys[];
}

/** @throws StartupError when both secrets have one id: a token could not tell which of them made it. */
export function deriveSecrets(secret: string, previous: string | null): Secrets {
  const current = deriveKeys(secret);
  if (previous === null || previous === secret) return { current, all: [current] };
  const before = deriveKeys(previous);
  if (before.id === current.id)
    throw new StartupError(
      'FLUXGATE_SECRET and FLUXGATE_SECRET_PREVIOUS cannot be told apart in tokens: make another FLUXGATE_SECRET.',
    );
  return { current, all: [current, before] };
}

/** As refresh tokens use them. */
export function refreshKeysOf({ current, all }: Secrets) {
  const key = ({ id, refresh }: DerivedKeys) => ({ id, secret: refresh });
  return { minting: key(current), verifying: new Map(all.map((derived) => [derived.id, key(derived)])) };
}

/** As a sign-in that a browser has begun uses them. */
export function browserLoginKeysOf({ current, all }: Secrets) {
  return { encrypting: current.browserLogin, decrypting: all.map(({ browserLogin }) => browserLogin) };
}
