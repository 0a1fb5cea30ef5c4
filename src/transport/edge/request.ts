import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { RequestMeta } from '../../auth/request-meta.js';
import type { Cookies } from './cookies.js';

const MAX_USER_AGENT_CHARACTERS = 512;
const MAX_LANGUAGE_CHARACTERS = 35; // RFC 5646 §4.4.1

/** Headers -> RequestMeta, parsed once. Whether the cookies may be used at all was decided before (origin.ts). */
export function readRequest(request: FastifyRequest, cookies: Cookies): RequestMeta {
  const userAgent = request.headers['user-agent'];
  const language = request.headers['accept-language']?.split(/[,;]/, 1)[0]?.trim();
  return {
    requestId: request.id,
    ip: canonical(request.ip),
    userAgent: userAgent ? printable(userAgent).slice(0, MAX_USER_AGENT_CHARACTERS) : null,
    language: language ? printable(language).slice(0, MAX_LANGUAGE_CHARACTERS) : null,
    deviceCookie: cookies.read(request, 'device'),
    refreshCookie: cookies.read(request, 'refresh'),
  };
}

/** IPv4-mapped addresses as IPv4; a zone (`fe80::1%eth0`) says which of our own links, not who. */
function canonical(address: string): string | null {
  if (isIPv4(address)) return address; // has one spelling
  const bare = address.split('%', 1)[0] ?? '';
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : null;
}

function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '');
}
