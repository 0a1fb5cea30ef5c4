import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { freePort } from './gateway.js';

/** Debian's redis-server on a port of its own; it keeps nothing. The system's, if there is one, is left alone. */
export interface RedisServer {
  readonly url: string;
  /** One command, on a connection of its own. */
  ask(command: string, ...args: string[]): Promise<unknown>;
  /** It hangs: connections are open and taken, and nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Gone at once, with all that it knew. */
  kill(): Promise<void>;
  /** Again, on the same port. */
  start(): Promise<void>;
}

export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  async function ask(command: string, ...rest: string[]): Promise<unknown> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(command, ...rest);
    } finally {
      client.disconnect();
    }
  }

  const signal = (name: NodeJS.Signals): Promise<void> => {
    server?.kill(name);
    return Promise.resolve();
  };

  const redis: RedisServer = {
    url,
    ask,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async kill() {
      if (!server) return;
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      server = undefined;
    },
    async start() {
      const ours = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()];
      server = spawn('/usr/bin/redis-server', [...ours, ...args], { stdio: 'ignore' });
      await eventually(
        () => ask('PING').then(String, String),
        (answer) => answer === 'PONG' || answer.includes('NOAUTH'),
      );
    },
  };
  await redis.start();
  return redis;
}
