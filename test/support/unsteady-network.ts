import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on which everything can get lost, without either end being told. */
export interface UnsteadyNetwork {
  /** The server's URL, by this way. */
  readonly url: string;
  /** From now on nothing arrives, in either direction; who connects is let in and hears nothing. */
  lose(): void;
  /** New connections work again; those that lost something are gone. */
  recover(): void;
  close(): Promise<void>;
}

export async function unsteadyNetwork(serverUrl: string): Promise<UnsteadyNetwork> {
  const url = new URL(serverUrl);
  const { hostname, port } = url;
  const sockets = new Set<Socket>();
  let lost = false;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const entrance = createServer((client) => {
    keep(client);
    if (lost) return;
    const server = keep(connect(Number(port), hostname));
    client.pipe(server).pipe(client);
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
