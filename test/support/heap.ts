import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is in use once nothing is left to collect. */
export function usedHeapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
