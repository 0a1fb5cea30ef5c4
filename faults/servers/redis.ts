import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../bench/contenders/server-process.ts';
import { onRelease } from '../../bench/release.ts';
import { makeFolder, signalProcess, startChild, until, type Child } from './child.ts';
import { REDIS } from './programs.ts';

/** Debian's Redis, which keeps nothing. */
export interface Redis {
  readonly port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const logFile = join(await makeFolder('redis', null), 'log');
  let server: Child | null = null;
  const signal = (name: NodeJS.Signals) => server && signalProcess(server.pid, name);
  const redis: Redis = {
    port,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()];
      server = await startChild(REDIS, args, { account: null, logFile });
      await until(async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect').finally(() => socket.destroy());
      });
    },
    async kill() {
      const ending = server;
      server = null;
      await ending?.end('SIGKILL');
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
  await redis.start();
  onRelease(() => redis.kill());
  return redis;
}
