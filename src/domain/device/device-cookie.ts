import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

/**
 * What the device cookie holds: base64url(version 1 B ‖ device id 16 B ‖ HMAC-SHA-256 32 B).
 *
 * It names a device and proves that we named it. It signs nobody in, carries no account, and is valid until its key is
 * gone: the device's row says whose it is.
 */
const VERSION = 1;
const BODY_BYTES = 17;
const TAG_BYTES = 32;
const COOKIE_CHARACTERS = 66; // of BODY_BYTES + TAG_BYTES in base64url

/** The cookie's value for a device. */
export function signDevice(key: Uint8Array, deviceId: string): string {
  const body = Buffer.alloc(BODY_BYTES);
  body.writeUInt8(VERSION, 0);
  body.set(parse(deviceId), 1);
  return Buffer.concat([body, tag(key, body)]).toString('base64url');
}

/**
 * Reads the device id, whichever of the keys signed it; tags are compared in constant time.
 *
 * @returns null for anything that these keys did not sign, in any other spelling too: a value has one.
 */
export function readDevice(keys: readonly Uint8Array[], value: string): string | null {
  if (value.length !== COOKIE_CHARACTERS) return null;
  const bytes = Buffer.from(value, 'base64url');
  const oneSpelling = bytes.toString('base64url') === value;
  if (!oneSpelling || bytes.length !== BODY_BYTES + TAG_BYTES || bytes.readUInt8(0) !== VERSION) return null;

  const body = bytes.subarray(0, BODY_BYTES);
  const presented = bytes.subarray(BODY_BYTES);
  if (!keys.some((key) => timingSafeEqual(tag(key, body), presented))) return null;

  return stringify(body, 1);
}

function tag(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(body).digest();
}
