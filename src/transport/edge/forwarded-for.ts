import type { FastifyInstance } from 'fastify';
import { isPrivateAddress } from './private-address.js';

const NAME = 'x-forwarded-for';
const WITH_PORT = /^(?:\[([\da-f:.]+)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+)$/i;

/**
 * Some proxies write the port too (Azure Application Gateway: `203.0.113.7:4711`). Nobody would be known by such an
 * address, and all would share one limit.
 *
 * @returns `203.0.113.7, 2001:db8::1` of `203.0.113.7:4711, [2001:db8::1]:4711`; what is neither stays as it is.
 */
function withoutPorts(forwardedFor: string): string {
  return forwardedFor
    .split(',')
    .map((each) => {
      const address = each.trim();
      const [, ipv6, ipv4] = WITH_PORT.exec(address) ?? [];
      return ipv6 ?? ipv4 ?? address;
    })
    .join(', ');
}

/** Before anything asks whose a request is. */
export function readForwardedAddresses(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const forwardedFor = raw.headers[NAME];
    if (typeof forwardedFor === 'string' && forwardedFor.includes(':')) raw.headers[NAME] = withoutPorts(forwardedFor);
    done();
  });
}

/**
 * Once: a machine of our own network speaks for clients, and is not believed, so that all of them share its address and its
 * limits. Clients out there who claim something are none of it.
 */
export function tellUntrustedProxy(app: FastifyInstance): void {
  let told = false;
  app.addHook('onRequest', (request, _reply, done) => {
    if (
      !told &&
      request.raw.headers[NAME] !== undefined &&
      speaksUnheard(request.ip, request.raw.socket.remoteAddress)
    ) {
      told = true;
      const proxy = request.ip;
      request.log.warn(
        { proxy },
        'a proxy sends X-Forwarded-For, and FLUXGATE_TRUSTED_PROXIES does not name it: all its clients share one address and its limits',
      );
    }
    done();
  });
}

function speaksUnheard(ip: string, peer: string | undefined): boolean {
  return ip === peer && isPrivateAddress(ip);
}
