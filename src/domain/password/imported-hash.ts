import { isOwnHash } from './hasher.js';

/**
 * An imported hash as it is stored: as it is, unless it looks like one of ours, of which is known that it was made of a
 * normalised password. Then two parameters change places, whose order means nothing to who verifies it.
 */
export function spellImported(hash: string): string {
  return isOwnHash(hash) ? hash.replace(/m=(\d+),t=(\d+),/, 't=$2,m=$1,') : hash;
}
