import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, isIPv6, type AddressInfo } from 'node:net';
import { StartupError } from '../errors.js';

/**
 * Makes sure that the port can be listened on; 0 becomes a free one. Without listening there: a proxy that tries this
 * gateway again and again, while it is restarted, would get a connection that is reset a moment later, and its request lost.
 *
 * @throws StartupError when it is in use, needs privileges, or the address is not one of this machine's.
 */
export async function findPort(host: string, port: number): Promise<number> {
  try {
    if (port === 0) return await freePort(host);
    await bindDatagrams(host, port);
  } catch (error) {
    throw cannotListen(host, port, error);
  }
  if (await answers(host, port)) throw cannotListen(host, port, Object.assign(new Error(), { code: 'EADDRINUSE' }));
  return port;
}

export function cannotListen(host: string, port: number, error: unknown): StartupError {
  return new StartupError(explain(host, port, error), { cause: error });
}

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen({ host, port: 0 });
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Takes the same address and the same privileges. Whether the port is in use is another question. */
async function bindDatagrams(host: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    socket.bind({ address: host, port, exclusive: true });
    await once(socket, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
  } finally {
    socket.close();
  }
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
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
