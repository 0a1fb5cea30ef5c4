import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
/** Far beyond what any promise here needs: reached only when it is broken. */
const GIVE_UP_AFTER_LOOKS = 1_000;

/** Looks again until what it sees is right, and gives that back. Fails with the last thing seen. */
export async function eventually<T>(look: () => Promise<T>, isIt: (seen: T) => boolean): Promise<T> {
  let seen = await look();
  for (let looks = 1; !isIt(seen); looks += 1) {
    if (looks === GIVE_UP_AFTER_LOOKS) throw new Error(`still not so: ${JSON.stringify(seen)}`);
    await pause(LOOK_EVERY_MS);
    seen = await look();
  }
  return seen;
}
