import { ToolError } from '../tools/project.mjs';

const releases: (() => Promise<unknown>)[] = [];

/** Runs when the work ends or is interrupted, the last registered first. */
export function onRelease(release: () => Promise<unknown>): void {
  releases.push(release);
}

/** What has been registered until now stays; @returns what lets go of all that is registered from now on. */
export function releaseFromHere(): () => Promise<void> {
  const kept = releases.length;
  return () => releaseDownTo(kept);
}

async function releaseDownTo(kept: number): Promise<void> {
  while (releases.length > kept)
    await releases
      .pop()?.()
      .catch((error: unknown) => console.error(error));
}

/** Runs `work`, then lets go of every process and folder it took, also after an error and after Ctrl-C. */
export async function releasing(work: () => Promise<void>): Promise<void> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new ToolError(`Ended by ${signal}.`)));
  });
  try {
    await Promise.race([work(), interrupted]);
  } finally {
    await releaseDownTo(0);
  }
}
