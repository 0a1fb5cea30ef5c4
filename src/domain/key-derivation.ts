import { hkdfSync } from 'node:crypto';

/** What is derived from the one secret. Nothing of it is ever stored. */
export interface DerivedKeys {
  /** 0 to 255: which secret a refresh token or an encrypted signing key belongs to. */
  readonly id: number;
  /** Authenticates refresh tokens; 32 bytes. */
  readonly refresh: Uint8Array;
  /** Authenticates device cookies; 32 bytes. */
  readonly device: Uint8Array;
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
    encryption: derive('fluxgate signing key encryption v1', 32),
  };
}
