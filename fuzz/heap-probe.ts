/** Says on SIGUSR2 what is in use once nothing is left to collect. */
const PROBE = `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  import { isMainThread } from 'node:worker_threads';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let asked = 0;
  if (isMainThread)
    process.on('SIGUSR2', () => {
      collect();
      collect();
      console.log('heap ' + ++asked + ' ' + process.memoryUsage().heapUsed + ' bytes');
    });
`;

/** What a Node is started with, to be asked for its heap. */
export const HEAP_PROBE_OPTION = `--import=data:text/javascript,${encodeURIComponent(PROBE)}`;

/** @returns null as long as the answer to the `nth` question is not in what it wrote. */
export function heapAnswer(written: string, nth: number): number | null {
  const [, bytes] = new RegExp(`^heap ${nth} (\\d+) bytes$`, 'm').exec(written) ?? [];
  return bytes === undefined ? null : Number(bytes);
}
