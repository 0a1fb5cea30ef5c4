import { isEmail } from 'class-validator';

const EMAIL_MAX_CHARACTERS = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
const NAME_MAX_CHARACTERS = 100;

/** Control, format (zero-width, bidirectional overrides), private-use and unassigned characters, lone surrogates. */
const UNPRINTABLE = /\p{C}/u;

export interface EmailAddress {
  /** As typed, without surrounding space; NFC. */
  readonly display: string;
  readonly key: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export function parseEmail(text: string): Parsed<EmailAddress> {
  const refused = { ok: false, message: 'Enter an e-mail address like name@example.org.' } as const;
  if (text.length > EMAIL_MAX_CHARACTERS * 2) return refused;

  const display = text.trim().normalize('NFC');
  const key = display.normalize('NFKC').toLowerCase();
  if (UNPRINTABLE.test(display) || key.length > EMAIL_MAX_CHARACTERS || !isEmail(key)) return refused;
  return { ok: true, value: { display, key } };
}

export function parseName(text: string): Parsed<string> {
  const name = text.length > NAME_MAX_CHARACTERS * 4 ? text : text.trim().normalize('NFC');
  if (name === '') return { ok: false, message: 'Enter a name.' };
  if (UNPRINTABLE.test(name)) return { ok: false, message: 'A name has no control or invisible characters.' };
  if ([...name].length > NAME_MAX_CHARACTERS)
    return { ok: false, message: `A name has at most ${NAME_MAX_CHARACTERS} characters.` };
  return { ok: true, value: name };
}
