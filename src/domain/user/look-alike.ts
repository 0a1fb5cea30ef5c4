import { domainToUnicode } from 'node:url';

/** Recommended for identifiers (UAX #31, Table 5), apart from those that are written together. */
const SCRIPTS = (
  'Latin Cyrillic Greek Armenian Hebrew Arabic Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada ' +
  'Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Ethiopic Khmer Thaana'
).split(' ');
/** Japanese, Chinese and Korean, which Latin letters stand among as well (UTS #39 §5.2, "highly restrictive"). */
const WRITTEN_TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];

/** Whether all letters are of one way of writing: digits, marks and punctuation belong to any. */
const ALLOWED: readonly RegExp[] = [...SCRIPTS.map((script) => [script]), ...WRITTEN_TOGETHER].map((scripts) => {
  const classes = ['Common', 'Inherited', ...scripts].map((script) => `\\p{Script_Extensions=${script}}`);
  return new RegExp(`^[${classes.join('')}]*$`, 'u');
});

/**
 * Whether an address may look like somebody else's: its name, or a part of its domain, mixes scripts, as `аnn` with a
 * Cyrillic first letter does.
 *
 * @param key as parseEmail gives it.
 */
export function mixesScripts(key: string): boolean {
  const at = key.lastIndexOf('@');
  const parts = [key.slice(0, at), ...domainToUnicode(key.slice(at + 1)).split('.')];
  return parts.some((part) => !ALLOWED.some((script) => script.test(part)));
}
