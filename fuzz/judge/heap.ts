/** What may come on top of a plateau: caches and limits that are bounded, and not yet full. */
const ALLOWANCE_BYTES = 24 * 2 ** 20;

/**
 * Whether a heap grows without end: from each look to the next, and by more than what may still fill up.
 *
 * @param usedBytes after a collection, nothing being asked, at even distances.
 */
export function isGrowing(usedBytes: readonly number[]): boolean {
  const first = usedBytes[0];
  const last = usedBytes.at(-1);
  if (first === undefined || last === undefined || usedBytes.length < 3) return false;
  const grewEachTime = usedBytes.every((bytes, at) => at === 0 || bytes > (usedBytes[at - 1] ?? 0));
  return grewEachTime && last - first > ALLOWANCE_BYTES;
}
