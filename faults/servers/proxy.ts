import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * - `drop query`   it does not arrive, and the connection ends.
 * - `drop answer`  it is carried out, and the connection ends before the answer.
 */
export type Loss = 'drop query' | 'drop answer';

/** What stands between two programs, and does to their conversation what networks do. */
export interface Proxy {
  readonly port: number;
  /** `url` by this way. */
  via(url: string): string;
  /** New connections go there from now on. */
  lead(port: number): void;
  /** Each way takes so much longer. */
  delay(ms: number): void;
  /** Nothing arrives in either direction, and nobody is told; who connects is let in and hears nothing. */
  blackHole(): void;
  /** Of the messages to the server that hold one of `texts`, the share that is lost, and how. */
  lose(texts: readonly string[], loss: Loss, share: number): void;
  /** Everything arrives again. What a black hole has swallowed is gone, and so is its connection. */
  heal(): void;
  /** All connections end by a reset. */
  reset(): void;
  /** How many messages have been lost, one way or the other. */
  lost(): number;
  close(): Promise<void>;
}

interface Weather {
  targetPort: number;
  delayMs: number;
  swallows: boolean;
  loss: { readonly texts: readonly string[]; readonly loss: Loss; readonly share: number } | null;
  lost: number;
}

export async function startProxy(targetPort: number): Promise<Proxy> {
  const weather: Weather = { targetPort, delayMs: 0, swallows: false, loss: null, lost: 0 };
  const sockets = new Set<Socket>();
  const swallowing = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    return socket
      .on('error', () => undefined)
      .on('close', () => [sockets, swallowing].forEach((s) => s.delete(socket)));
  };
  const entrance = createServer((client) => {
    keep(client);
    const server = keep(connect(weather.targetPort, '127.0.0.1'));
    join(client, server, weather, swallowing);
  }).listen(0, '127.0.0.1');
  await once(entrance, 'listening');
  const { port } = entrance.address() as AddressInfo;

  return {
    port,
    via(url) {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String(port);
      return changed.href;
    },
    lead: (to) => void (weather.targetPort = to),
    delay: (ms) => void (weather.delayMs = ms),
    blackHole: () => void (weather.swallows = true),
    lose: (texts, loss, share) => void (weather.loss = { texts, loss, share }),
    heal() {
      Object.assign(weather, { delayMs: 0, swallows: false, loss: null });
      for (const socket of swallowing) socket.destroy();
    },
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    lost: () => weather.lost,
    async close() {
      for (const socket of sockets) socket.destroy();
      entrance.close();
      await once(entrance, 'close');
    },
  };
}

function join(client: Socket, server: Socket, weather: Weather, swallowing: Set<Socket>): void {
  let answerIsLost = false;
  const pass = (from: Socket, to: Socket, chunk: Buffer) => {
    if (weather.swallows) {
      weather.lost += 1;
      swallowing.add(client).add(server);
      return;
    }
    const { delayMs } = weather;
    const write = () => to.writable && !to.write(chunk) && from.pause() && to.once('drain', () => from.resume());
    if (delayMs > 0) setTimeout(write, delayMs);
    else write();
  };
  client.on('data', (chunk: Buffer) => {
    const loss = befalls(weather, chunk);
    if (loss === 'drop query') return client.resetAndDestroy();
    if (loss === 'drop answer') answerIsLost = true;
    pass(client, server, chunk);
  });
  server.on('data', (chunk: Buffer) => {
    if (answerIsLost) client.resetAndDestroy();
    else pass(server, client, chunk);
  });
  // An end travels like everything else: through a black hole not at all, and late where everything is.
  const follow = (other: Socket) => () => {
    if (!weather.swallows) setTimeout(() => other.destroy(), weather.delayMs);
    else swallowing.add(other);
  };
  client.on('close', follow(server));
  server.on('close', follow(client));
}

function befalls(weather: Weather, chunk: Buffer): Loss | null {
  const { loss } = weather;
  if (!loss || !loss.texts.some((text) => chunk.includes(text)) || Math.random() >= loss.share) return null;
  weather.lost += 1;
  return loss.loss;
}
