import { hash } from 'node:crypto';

/** Any moment: ids made from it sort by index, as sign-ins' ids sort by time. */
const FIRST_MS = Date.UTC(2026, 0, 1);

/**
 * A UUIDv7 (RFC 9562 §5.7) computed from its index, so that millions of sessions need no list: its millisecond counts
 * up with the index, its random bits come from a hash of it.
 */
export function idAt(kind: 'user' | 'device' | 'session', index: number): string {
  const time = (FIRST_MS + index).toString(16).padStart(12, '0');
  const random = hash('sha256', `${kind} ${index}`, 'hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
