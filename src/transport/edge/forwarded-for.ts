import type { FastifyInstance } from 'fastify';

const NAME = 'x-forwarded-for';
const WITH_PORT = /^(?:\[([\da-f:.]+)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+)$/i;

/**
 * Some proxies write the port too (Azure Application Gateway: `203.0.113.7:4711`). Nobody would be known by such an
 * address, and all would share one limit.
 *
 * @returns `203.0.113.7, 2001:db8::1` of `203.0.113.7:4711, [2001:db8::1]:4711`; what is neither stays as it is.
 */
export function withoutPorts(forwardedFor: string): string {
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
