import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * - `cut`          the connection ends in its place.
 * - `reset`        the same, by a reset.
 * - `answer lost`  it is carried out, and nothing comes back any more.
 * - `garbled`      the server cannot make sense of it, and says so; the connection lives on.
 */
export type Mishap = 'cut' | 'reset' | 'answer lost' | 'garbled';

/** A way to a server on which everything can get lost, without either end being told. */
export interface UnsteadyNetwork {
  /** The server's URL, by this way. */
  readonly url: string;
  /** From now on nothing arrives, in either direction; who connects is let in and hears nothing. */
  lose(): void;
  /** What becomes of the next statement that is just this text, on whichever connection. Resolves once it has happened. */
  befall(statement: string, mishap: Mishap): Promise<void>;
  /** New connections work again; those that lost something are gone. */
  recover(): void;
  close(): Promise<void>;
}

interface Pending {
  readonly statement: string;
  readonly mishap: Mishap;
  readonly happened: () => void;
}

/** What goes on to the server. */
const befallen: Record<Mishap, (chunk: Buffer, statement: string, client: Socket, server: Socket) => Buffer | null> = {
  cut: (_chunk, _statement, client) => {
    client.destroy();
    return null;
  },
  reset: (_chunk, _statement, client) => {
    client.resetAndDestroy();
    return null;
  },
  'answer lost': (chunk, _statement, client, server) => {
    server.unpipe(client).resume();
    return chunk;
  },
  garbled: (chunk, statement) =>
    Buffer.from(chunk.toString('latin1').replace(statement, 'x'.repeat(statement.length)), 'latin1'),
};

export async function unsteadyNetwork(serverUrl: string): Promise<UnsteadyNetwork> {
  const url = new URL(serverUrl);
  const { hostname, port } = url;
  const sockets = new Set<Socket>();
  let lost = false;
  let next: Pending | null = null;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const entrance = createServer((client) => {
    keep(client);
    if (lost) return;
    const server = keep(connect(Number(port), hostname));
    const way = new Transform({
      transform(chunk: Buffer, _, passOn) {
        if (!next || !chunk.includes(`${next.statement}\0`)) return passOn(null, chunk);
        const { statement, mishap, happened } = next;
        next = null;
        happened();
        passOn(null, befallen[mishap](chunk, statement, client, server));
      },
    });
    client.pipe(way).pipe(server).pipe(client);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(entrance, 'listening');
  url.hostname = '127.0.0.1';
  url.port = String((entrance.address() as AddressInfo).port);

  const hangUp = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    lose() {
      lost = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    befall: (statement, mishap) =>
      new Promise((happened) => {
        next = { statement, mishap, happened };
      }),
    recover() {
      lost = false;
      hangUp();
    },
    async close() {
      hangUp();
      entrance.close();
      await once(entrance, 'close');
    },
  };
}
