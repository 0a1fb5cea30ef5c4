import { hash } from 'node:crypto';
import { stringify, v7 as uuidv7 } from 'uuid';

/**
 * Ids are UUIDv7 (RFC 9562 §5.7), so that their order is that of time. In `rand_a` they carry 12 bits of a hash of the
 * user's id, in rows of that user as in the user's own: whoever holds any of them knows which shard it belongs to. What
 * UUIDv7 generators usually keep there, the counter that orders ids of one millisecond, begins `rand_b` instead.
 *
 * Ids that were made elsewhere, or before this, have other bits there: of a user, the hash is what counts.
 */
export const SHARD_BITS = 12;

/** Of a row that has no user, or is one. */
export function newId(): string {
  const bytes = bytesOfNewId();
  return stringify(withShard(bytes, shardOfBytes(bytes)));
}

/** Of a row that belongs to a user. */
export function newIdOf(userId: string): string {
  return stringify(withShard(bytesOfNewId(), shardOf(userId)));
}

/** Of a row whose user only the statement knows: it puts the shard there (idWithShard). */
export function newIdWithoutShard(): string {
  return stringify(withShard(bytesOfNewId(), 0));
}

/** The shard of a user, from 0 to 4095: the first bits of the SHA-256 of the id, `rand_a` taken as zero. */
export function shardOf(userId: string): number {
  return shardOfBytes(Buffer.from(userId.replaceAll('-', ''), 'hex')); // whatever made it: not every uuid is one of RFC 9562
}

/** SQL: the id `made`, with the shard of the user whose id is `userId`. For statements that find the user themselves. */
export function idWithShard(made: string, userId: string): string {
  const bytes = `uuid_send(${userId})`;
  const withoutRandA = `set_byte(set_byte(${bytes}, 6, get_byte(${bytes}, 6) & 240), 7, 0)`;
  return `overlay(${made}::text PLACING left(encode(sha256(${withoutRandA}), 'hex'), 3) FROM 16)::uuid`;
}

/** SQL: the least id that can have been made at a moment. */
export function leastIdAt(moment: string): string {
  return `(lpad(to_hex(floor(extract(epoch FROM ${moment}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
}

/** A new id with its whole counter (32 bits) in `rand_b`, and nothing in `rand_a` yet. */
function bytesOfNewId(): Uint8Array {
  const bytes = uuidv7(undefined, new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const randA = view.getUint16(6) & 0x0fff;
  const counter = randA * 2 ** 20 + ((view.getUint32(8) >>> 10) & 0xfffff);
  view.setUint8(8, 0x80 | (counter >>> 26));
  view.setUint32(9, ((counter << 6) | (view.getUint8(12) & 0x3f)) >>> 0);
  return bytes;
}

function shardOfBytes(bytes: Uint8Array): number {
  const digest = hash('sha256', withShard(bytes.slice(), 0), 'hex'); // several times as fast as 'buffer'
  return Number.parseInt(digest.slice(0, SHARD_BITS / 4), 16);
}

function withShard(bytes: Uint8Array, shard: number): Uint8Array {
  bytes[6] = (bytes[6]! & 0xf0) | (shard >>> 8);
  bytes[7] = shard & 0xff;
  return bytes;
}
