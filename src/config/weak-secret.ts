const LEAST_BYTES = 32;
const LEAST_DISTINCT_CHARACTERS = 8;
const LONGEST_REPEATED_PART_CHARACTERS = 32;

/** Words that example configurations are made of. They add nothing to a secret, so they do not count as part of it. */
const EXAMPLE_WORDS =
  /change[-_ ]?(me|this|it)|replace[-_ ]?(me|this|it)|placeholder|example|secret|passw(or)?d|default|insecure|development|production|fluxgate|qwerty|letmein/gi;

/**
 * Why a secret can be guessed, or null.
 *
 * No check can prove that a secret is random. These find the ones that people really deploy: too short, one part
 * over and over, a walk along the alphabet, an example. A random 32-byte secret in hex, base64 or base64url passes.
 */
export function weaknessOfSecret(secret: string): string | null {
  const bytes = Buffer.byteLength(secret);
  if (bytes < LEAST_BYTES) return `it has ${bytes} bytes, and at least ${LEAST_BYTES} are needed`;
  if (new Set(secret).size < LEAST_DISTINCT_CHARACTERS || isRepetition(secret)) return 'it repeats itself';
  if (isSequence(secret)) return 'it is a sequence';
  if (Buffer.byteLength(secret.replaceAll(EXAMPLE_WORDS, '')) < LEAST_BYTES) return 'it looks like an example';
  return null;
}

function isRepetition(text: string): boolean {
  const longest = Math.min(LONGEST_REPEATED_PART_CHARACTERS, Math.floor(text.length / 2));
  for (let period = 1; period <= longest; period++) {
    if (text.slice(period) === text.slice(0, -period)) return true;
  }
  return false;
}

/** Mostly steps of one: `abcdefgh…`, `98765432…`. In a random secret about one step in thirty is. */
function isSequence(text: string): boolean {
  let steps = 0;
  for (let at = 1; at < text.length; at++) {
    if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) === 1) steps++;
  }
  return steps > text.length / 2;
}
