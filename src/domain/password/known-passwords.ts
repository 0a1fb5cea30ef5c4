import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Shorter passwords are refused by their length, and would make up two thirds of what is kept. */
const SHORTEST_KEPT_CHARACTERS = 8;

let known: ReadonlySet<string> | undefined;

/**
 * Whether the password stands in the list of known passwords, in whatever case. Works offline.
 *
 * The list is loaded by the first call (tens of ms, once; about 2.6 MB stay), not by a process that never needs it.
 *
 * @param password in NFC
 */
export function isKnownPassword(password: string): boolean {
  known ??= loadList();
  return known.has(password.toLowerCase());
}

/** The most used passwords of published breaches, all in lower case; read as data, since most of it is not kept. */
function loadList(): ReadonlySet<string> {
  const path = require.resolve('@zxcvbn-ts/language-common/src/passwords.json');
  const all = JSON.parse(readFileSync(path, 'utf8')) as readonly string[];
  return new Set(all.filter((entry) => entry.length >= SHORTEST_KEPT_CHARACTERS));
}
