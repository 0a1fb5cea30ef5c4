import { domainToASCII } from 'node:url';
import { isEmail } from 'class-validator';
import { mixesScripts } from './look-alike.js';

const EMAIL_MAX_CHARACTERS = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
const NAME_MAX_CHARACTERS = 100;

/** Control, format (zero-width, bidirectional overrides), private-use and unassigned characters, lone surrogates. */
const UNPRINTABLE = /\p{C}/u;

export interface EmailAddress {
  /** As typed, without surrounding space; NFC. */
  readonly display: string;
  /** NFKC, lower case, the domain in Punycode: two spellings of one address have one. */
  readonly key: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const NO_EMAIL = { ok: false, message: 'Enter an e-mail address like name@example.org.' } as const;

export function parseEmail(text: string): Parsed<EmailAddress> {
  if (text.length > EMAIL_MAX_CHARACTERS * 2) return NO_EMAIL;

  const display = text.trim().normalize('NFC');
  const spelt = display.normalize('NFKC').toLowerCase();
  if (UNPRINTABLE.test(display) || spelt.length > EMAIL_MAX_CHARACTERS || !isEmail(spelt)) return NO_EMAIL;

  const at = spelt.lastIndexOf('@') + 1;
  const key = spelt.slice(0, at) + domainToASCII(spelt.slice(at));
  return key.length > EMAIL_MAX_CHARACTERS || !isEmail(key) ? NO_EMAIL : { ok: true, value: { display, key } };
}

/**
 * An address that an account may be opened with: no quoted name (`"a b"@example.org`), which hardly any system takes and
 * which reads as another one, and none that mixes scripts. Accounts that have one go on with it.
 */
export function parseNewEmail(text: string): Parsed<EmailAddress> {
  const email = parseEmail(text);
  return email.ok && (email.value.key.startsWith('"') || mixesScripts(email.value.key)) ? NO_EMAIL : email;
}

export function parseName(text: string): Parsed<string> {
  const name = text.length > NAME_MAX_CHARACTERS * 4 ? text : text.trim().normalize('NFC');
  if (name === '') return { ok: false, message: 'Enter a name.' };
  if (UNPRINTABLE.test(name)) return { ok: false, message: 'A name has no control or invisible characters.' };
  if ([...name].length > NAME_MAX_CHARACTERS)
    return { ok: false, message: `A name has at most ${NAME_MAX_CHARACTERS} characters.` };
  return { ok: true, value: name };
}
