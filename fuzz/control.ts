import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { onRelease } from '../bench/release.ts';

const EVERY_MS = 20;
const KEPT_MS = 60_000;

/** How late a byte is that goes to another thread and back: what the machine adds to everything that is measured. */
export interface Control {
  /** The longest, since then, by `performance.now()`. */
  worstMsSince(sinceMs: number): number;
}

export async function startControl(): Promise<Control> {
  const thread = new Worker(new URL('./control-thread.mjs', import.meta.url));
  const [port] = (await once(thread, 'message')) as [number];
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const trips: { readonly sentMs: number; tookMs: number | null }[] = [];
  const timer = setInterval(() => {
    const nowMs = performance.now();
    while (trips[0] && nowMs - trips[0].sentMs > KEPT_MS) trips.shift();
    trips.push({ sentMs: nowMs, tookMs: null });
    socket.write('.');
  }, EVERY_MS);
  socket.on('data', (bytes) => {
    const back = trips.filter(({ tookMs }) => tookMs === null).slice(0, bytes.length);
    for (const trip of back) trip.tookMs = performance.now() - trip.sentMs;
  });
  onRelease(async () => {
    clearInterval(timer);
    socket.destroy();
    await thread.terminate();
  });
  return {
    worstMsSince(sinceMs) {
      const nowMs = performance.now();
      return Math.max(
        0,
        ...trips.map(({ sentMs, tookMs }) => {
          const endMs = sentMs + (tookMs ?? nowMs - sentMs);
          return endMs >= sinceMs ? endMs - sentMs : 0;
        }),
      );
    },
  };
}
