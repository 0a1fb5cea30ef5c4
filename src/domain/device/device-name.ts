export const DEVICE_NAME_MAX_CHARACTERS = 64;

export type ParsedDeviceName =
  { readonly ok: true; readonly name: string } | { readonly ok: false; readonly message: string };

/** Control characters, line separators, lone surrogates, and what turns the direction of the text around it. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

/** Something to see: a name of spaces and joiners alone would be an empty line in a list of devices. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** Reads a name that a person gives to a device: trimmed, in NFC, on one line. `message` is a sentence for that person. */
export function parseDeviceName(text: string): ParsedDeviceName {
  const name = text.normalize('NFC').trim();
  if (FORBIDDEN.test(name)) {
    return { ok: false, message: 'A device name has no control characters and none that change its direction.' };
  }
  if (!VISIBLE.test(name) || [...name].length > DEVICE_NAME_MAX_CHARACTERS) {
    return { ok: false, message: `A device name has 1 to ${DEVICE_NAME_MAX_CHARACTERS} characters.` };
  }
  return { ok: true, name };
}
