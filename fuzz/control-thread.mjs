import { createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** Gives back what it is sent: all that is between two bytes is the machine. */
const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') parentPort?.postMessage(address.port);
});
