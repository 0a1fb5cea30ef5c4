import { isKnownPassword } from './known-passwords.js';

/**
 * What a password may be: length and a list of known ones, no rules of composition, nothing cut off
 * (NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 V6.2). Both advise 15 characters where the password is the only factor
 * and allow 8, which is the least that is taken here.
 */
export const PASSWORD_MIN_CHARACTERS = 8;

/** Far above the 64 that both standards ask for; keeps what one sign-in can make us process small. */
export const PASSWORD_MAX_CHARACTERS = 256;

/**
 * UTF-16 units that PASSWORD_MAX_CHARACTERS can take before normalisation: no character decomposes into more than six.
 * A longer text is refused by its `length` alone, so a password of a megabyte costs nothing.
 */
const MAX_RAW_UNITS = 6 * PASSWORD_MAX_CHARACTERS;

export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
}

/**
 * - `ok`
 * - `issue` no password at all, whoever sends it: invalid input.
 * - `weak`  a password, but one that must not be chosen. `breached`: it stands in the list of known passwords.
 *
 * `message` and `why` are sentences for people and never repeat the password.
 */
export type PasswordVerdict =
  | 'ok'
  | { readonly issue: 'malformed' | 'too_long'; readonly message: string }
  | { readonly weak: true; readonly breached: boolean; readonly why: string };

/**
 * The form that is measured, compared and hashed: NFC, so that "é" is one password however a keyboard composes it
 * (RFC 8265 §4.2, OpaqueString). Case, spaces and compatibility characters stay as they were typed.
 */
export function normalisePassword(text: string): string {
  return text.normalize('NFC');
}

/** Decides whether somebody may choose this password. The first use loads the list of known passwords. */
export function decidePassword(password: string, owner: PasswordOwner): PasswordVerdict {
  const issue = findIssue(password);
  if (issue === 'too_long') {
    return { issue, message: `A password has at most ${PASSWORD_MAX_CHARACTERS} characters.` };
  }
  if (issue === 'malformed') return { issue, message: 'The password is not valid Unicode text.' };

  const chosen = normalisePassword(password);
  if (countCharacters(chosen) < PASSWORD_MIN_CHARACTERS) {
    return weak(`A password has at least ${PASSWORD_MIN_CHARACTERS} characters.`);
  }
  if (isKnownPassword(chosen)) {
    return { weak: true, breached: true, why: 'This password is in lists that attackers try first.' };
  }
  if (isAboutOwner(chosen, owner)) return weak('The password is the e-mail address or the name of the account.');
  return 'ok';
}

/** Whether a presented password can be anybody's at all. False is answered without the cost of a hash. */
export function isPresentable(password: string): boolean {
  return password !== '' && findIssue(password) === null;
}

function findIssue(password: string): 'malformed' | 'too_long' | null {
  if (password.length > MAX_RAW_UNITS) return 'too_long';
  if (countCharacters(normalisePassword(password)) > PASSWORD_MAX_CHARACTERS) return 'too_long';
  // A lone surrogate is no character: two different passwords would become the same bytes. NUL ends strings elsewhere.
  return /[\0\p{Surrogate}]/u.test(password) ? 'malformed' : null;
}

function weak(why: string): PasswordVerdict {
  return { weak: true, breached: false, why };
}

function isAboutOwner(password: string, { email, name }: PasswordOwner): boolean {
  const localPart = email.slice(0, Math.max(email.lastIndexOf('@'), 0));
  return [email, localPart, name].map(fold).includes(fold(password));
}

/** Looser than normalisePassword: what a person would call the same text. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}

/** Code points, as both standards count. */
function countCharacters(text: string): number {
  return [...text].length;
}
