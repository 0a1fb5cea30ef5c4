import type { Worker } from 'node:cluster';

interface Connection {
  close(): void;
}

/** As node:cluster sends it to a worker, with the connection beside it. */
interface NewConnection {
  readonly cmd: 'NODE_CLUSTER';
  readonly act: 'newconn';
  readonly seq: number;
}

/**
 * Keeps the connections that a worker is sent and has not taken when it dies. node:cluster forgets them, and whoever is
 * at the other end would be neither answered nor hung up on. A worker takes one before it reads from it, so that
 * nothing is lost with it: another worker is handed it, as if this one had refused it. Where there is none, it is closed.
 *
 * @param othersServe asked once this one has gone
 */
export function handBackConnections(worker: Worker, othersServe: () => boolean): void {
  const { process: child } = worker;
  const sent = new Map<number, Connection>();

  const send = child.send.bind(child) as (...given: unknown[]) => boolean;
  child.send = (...given: readonly unknown[]) => {
    const [message, handle] = given;
    if (isNewConnection(message)) sent.set(message.seq, handle as Connection);
    return send(...given);
  };
  child.on('internalMessage', ({ ack }: { readonly ack?: number }) => {
    if (ack !== undefined) sent.delete(ack);
  });
  // Once its process has ended and all that it ever wrote has been read: what it had taken is known by then.
  child.once('close', () => {
    if (sent.size === 0) return;
    child.emit('disconnect'); // while a handle is on its way Node puts that off, for ever; until then it gets more of them
    for (const [seq, connection] of [...sent]) {
      if (othersServe()) child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: false });
      else connection.close();
    }
  });
}

function isNewConnection(message: unknown): message is NewConnection {
  return typeof message === 'object' && message !== null && 'act' in message && message.act === 'newconn';
}
