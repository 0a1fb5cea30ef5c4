import { createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

/**
 * What the device cookie holds, for each of the people who share a browser: base64url(version 2, 1 B ‖ device id 16 B ‖
 * password version 4 B ‖ HMAC-SHA-256 32 B), joined by dots, the one who signed in last first. Version 1 had no password
 * version.
 *
 * It names devices, and proves that we named each to a browser that knew the password of that version. It signs nobody
 * in, carries no account, and is valid until its key is gone: the rows of the device and its user say what it is worth.
 */
const VERSION = 2;
const BODY_BYTES_OF_VERSION: Readonly<Record<number, number>> = { 1: 17, 2: 21 };
const PASSWORD_VERSION_AT = 17;
const TAG_BYTES = 32;
const BETWEEN = '.';
const MOST_DEVICES = 4;
const MOST_CHARACTERS = MOST_DEVICES * (71 + BETWEEN.length); // each is 21 + 32 bytes in base64url

export interface ProvenDevice {
  readonly deviceId: string;
  /** null: of a cookie that tells none. */
  readonly passwordVersion: number | null;
}

/** The cookie's value for a device, and for those that the browser has presented, of which the oldest is dropped. */
export function signDevice(
  keys: { readonly signing: Uint8Array; readonly verifying: readonly Uint8Array[] },
  { deviceId, passwordVersion }: { readonly deviceId: string; readonly passwordVersion: number },
  presented: string | null = null,
): string {
  const body = Buffer.alloc(BODY_BYTES_OF_VERSION[VERSION] ?? 0);
  body.writeUInt8(VERSION, 0);
  body.set(parse(deviceId), 1);
  body.writeUInt32BE(passwordVersion, PASSWORD_VERSION_AT);
  const signed = Buffer.concat([body, tag(keys.signing, body)]).toString('base64url');

  const others = partsOf(presented).filter((part) => {
    const other = readPart(keys.verifying, part);
    return other !== null && other.deviceId !== deviceId;
  });
  return [signed, ...others].slice(0, MOST_DEVICES).join(BETWEEN);
}

/**
 * Reads the devices, whichever of the keys signed them; tags are compared in constant time.
 *
 * @returns nothing of what these keys did not sign, in any other spelling too: a device has one.
 */
export function readDevices(keys: readonly Uint8Array[], value: string | null): ProvenDevice[] {
  return partsOf(value).flatMap((part) => readPart(keys, part) ?? []);
}

function partsOf(value: string | null): string[] {
  if (value === null || value.length > MOST_CHARACTERS) return [];
  return value.split(BETWEEN, MOST_DEVICES);
}

function readPart(keys: readonly Uint8Array[], part: string): ProvenDevice | null {
  const bytes = Buffer.from(part, 'base64url');
  const bodyBytes = BODY_BYTES_OF_VERSION[bytes[0] ?? 0];
  if (bodyBytes === undefined || bytes.length !== bodyBytes + TAG_BYTES) return null;
  if (bytes.toString('base64url') !== part) return null; // in another spelling

  const body = bytes.subarray(0, bodyBytes);
  const presented = bytes.subarray(bodyBytes);
  if (!keys.some((key) => timingSafeEqual(tag(key, body), presented))) return null;

  const passwordVersion = bodyBytes > PASSWORD_VERSION_AT ? body.readUInt32BE(PASSWORD_VERSION_AT) : null;
  return { deviceId: stringify(body, 1), passwordVersion };
}

function tag(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(body).digest();
}
