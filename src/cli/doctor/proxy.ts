import type { Config } from '../../config.js';
import ipaddr from 'ipaddr.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'proxy trust';

/**
 * The gateway speaks plain HTTP, so an https origin means that a proxy stands in front. Unless it is trusted, every
 * client has the proxy's address, and all of them share the limits by address.
 */
export function checkProxy({ publicUrl, trustedProxies, host }: Config): Finding {
  const behindTls = publicUrl?.startsWith('https:') ?? false;
  if (trustedProxies.length === 0) {
    if (!behindTls) return ok(CHECK, 'no proxy: clients are known by their own address');
    const example = isLoopback(host) ? '127.0.0.1,::1, where a proxy on this machine comes from' : 'its address';
    return warning(
      CHECK,
      'FLUXGATE_PUBLIC_URL is https, so a proxy is in front, but none is trusted: all clients share its address and limits',
      `set FLUXGATE_TRUSTED_PROXIES to ${example}`,
    );
  }
  if (isLoopback(host) && !trustedProxies.some(coversLoopback))
    return warning(
      CHECK,
      `HOST is ${host}, which only this machine reaches, and no trusted proxy is on this machine`,
      'add 127.0.0.1 and ::1 to FLUXGATE_TRUSTED_PROXIES, or set HOST to an address that the proxy reaches',
    );
  if (!isLoopback(host) && behindTls && trustedProxies.every(coversLoopback))
    return warning(
      CHECK,
      `the only trusted proxy is on this machine, but HOST is ${host}: others can pass it by, without TLS`,
      'set HOST to 127.0.0.1, unless a firewall or a container does the same',
    );
  return ok(CHECK, `X-Forwarded-For is believed from ${trustedProxies.join(', ')}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}

function coversLoopback(proxy: string): boolean {
  const [address = ''] = proxy.split('/');
  return ipaddr.process(address).range() === 'loopback';
}
