import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { StartupError } from '../errors.js';

/**
 * Makes sure that the port can be listened on; 0 becomes a free one.
 *
 * @throws StartupError when it is in use, needs privileges, or the address is not one of this machine's.
 */
export async function findPort(host: string, port: number): Promise<number> {
  const probe = createServer().listen({ host, port });
  try {
    await once(probe, 'listening');
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    throw new StartupError(explain(host, port, error), { cause: error });
  } finally {
    if (probe.listening) await new Promise((closed) => probe.close(closed));
  }
}

function explain(host: string, port: number, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: stop the program that listens there, or set PORT to another one.`;
    case 'EACCES':
      return `Port ${port} needs privileges that this account does not have: set PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is not an address of this machine.`;
    default:
      return `Fluxgate cannot listen on ${host}, port ${port}: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
