import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Hit, RateLimiters } from '../../src/storage/rate-limit/rate-limiters.js';
import { countFor } from '../../src/storage/rate-limit/remote.js';

const remote = new URL('../../dist/src/storage/rate-limit/remote.js', import.meta.url);

/** As much of a worker as limits see: it has its parent count, and tells what came out. */
const script = `
  import { createRemoteRateLimiters } from ${JSON.stringify(remote.href)};
  const limiters = createRemoteRateLimiters(process);
  process.on('message', async ({ ask }) => {
    if (!ask) return;
    const told = await limiters.hit(ask.policy, ask.identity, ask.points).then((hit) => ({ hit }), ({ message }) => ({ message }));
    process.send({ told: { id: ask.id, ...told } });
  });
`;

interface Told {
  readonly told?: { readonly id: number; readonly hit?: Hit; readonly message?: string };
}

export interface LimiterProcess {
  readonly limiters: RateLimiters;
  close(): Promise<void>;
}

/** A process whose hits are counted here, by `counting`. */
export function spawnLimiterProcess(counting: RateLimiters): LimiterProcess {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  countFor(child, counting);
  const waiting = new Map<number, (told: NonNullable<Told['told']>) => void>();
  child.on('message', ({ told }: Told) => told && waiting.get(told.id)?.(told));
  let lastId = 0;
  return {
    limiters: {
      async hit(policy, identity, points) {
        const id = ++lastId;
        const told = new Promise<NonNullable<Told['told']>>((resolve) => waiting.set(id, resolve));
        child.send({ ask: { id, policy, identity, points } });
        const { hit, message } = await told;
        waiting.delete(id);
        if (hit === undefined) throw new Error(message);
        return hit;
      },
    },
    async close() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
