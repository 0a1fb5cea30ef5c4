import fc from 'fast-check';
import { answeredWell, type RequestPlan } from './plan.ts';

interface OddRequest {
  readonly text: string;
  /** Whether something has to come back. */
  readonly isWhole: boolean;
}

const BODY = '{"query":"{ __typename }"}';
const HOST = 'Host: localhost\r\n';
const CLOSE = 'Connection: close\r\n';
const TYPE = 'Content-Type: application/json\r\n';
const CHUNKED = `POST /graphql HTTP/1.1\r\n${HOST}${CLOSE}${TYPE}Transfer-Encoding: chunked\r\n\r\n`;
const POST = `POST /graphql HTTP/1.1\r\n${HOST}${CLOSE}${TYPE}`;

function whole(text: string): OddRequest {
  return { text, isWhole: true };
}

function unfinished(text: string): OddRequest {
  return { text, isWhole: false };
}

/** What no HTTP client would send: framing that does not hold, and what two readers could take for two different things. */
const ODD: readonly OddRequest[] = [
  whole(`${CHUNKED}1a\r\n${BODY}\r\n0\r\n\r\n`),
  whole(`${CHUNKED}1a;a=b\r\n${BODY}\r\n0\r\nX-Trailer: 1\r\n\r\n`),
  unfinished(`${CHUNKED}zz\r\n${BODY}\r\n0\r\n\r\n`),
  unfinished(`${CHUNKED}ffffffffffffffff\r\n${BODY}`),
  unfinished(`${CHUNKED}-1\r\n${BODY}\r\n0\r\n\r\n`),
  unfinished(`${CHUNKED}1a\n${BODY}\n0\n\n`),
  unfinished(`${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  unfinished(`${POST}Content-Length: 26\r\nContent-Length: 27\r\n\r\n${BODY}`),
  unfinished(`${POST}Content-Length: -1\r\n\r\n${BODY}`),
  unfinished(`${POST}Content-Length: 1e3\r\n\r\n${BODY}`),
  unfinished(`${POST}Content-Length: 100\r\n\r\n${BODY}`),
  unfinished(`${POST}Transfer-Encoding: gzip, chunked\r\n\r\n1a\r\n${BODY}\r\n0\r\n\r\n`),
  unfinished(`${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`),
  whole(`${POST}Content-Length: 26\r\nExpect: 100-continue\r\n\r\n${BODY}`),
  whole(`${POST}Content-Length: 26\r\nExpect: a-miracle\r\n\r\n${BODY}`),
  whole(`${POST}Content-Length: 26\r\nContent-Encoding: gzip\r\n\r\n${BODY}`),
  unfinished(`GET /healthz HTTP/1.1\r\n${HOST}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\n${HOST}${'X-Many: 1\r\n'.repeat(3_000)}\r\n`),
  unfinished(`GET /${'a'.repeat(60_000)} HTTP/1.1\r\n${HOST}\r\n`),
  whole(`GET /healthz HTTP/1.1\r\n${HOST}\r\nGET /readyz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`),
  whole(`${`GET /healthz HTTP/1.1\r\n${HOST}\r\n`.repeat(50)}GET /healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\n${HOST}Host: evil.example\r\n${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\n${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\nHost: a b\r\n${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\nHost: [::1%25eth0]\r\n${CLOSE}\r\n`),
  unfinished('GET /healthz HTTP/1.0\r\n\r\n'),
  unfinished('GET /healthz\r\n\r\n'),
  unfinished(`GET /healthz HTTP/2.0\r\n${HOST}\r\n`),
  unfinished(`GET /healthz HTTP/9.9\r\n${HOST}\r\n`),
  unfinished('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  unfinished(`GET http://evil.example/healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`),
  unfinished(`CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`),
  unfinished(`OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}\r\n`),
  unfinished(
    `GET /graphql HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ),
  unfinished(
    `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  ),
  unfinished(`get /healthz HTTP/1.1\r\n${HOST}${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\n${HOST}X-Nul: a\0b\r\n${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\n${HOST}X-Folded: a\r\n b\r\n${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\r\n${HOST}No Colon Here\r\n${CLOSE}\r\n`),
  unfinished(`GET /healthz HTTP/1.1\n${HOST.trimEnd()}\n${CLOSE.trimEnd()}\n\n`),
  unfinished(`GET\t/healthz\tHTTP/1.1\r\n${HOST}\r\n`),
  unfinished(`GET /a b HTTP/1.1\r\n${HOST}\r\n`),
  unfinished(`\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003`),
];

/** Bytes as they are, whole or cut off; and random ones. */
export function oddHttp(): fc.Arbitrary<RequestPlan> {
  const cut = fc.tuple(fc.constantFrom(...ODD), fc.option(fc.nat(400), { freq: 4 }));
  const framed = cut.map(([{ text, isWhole }, length]) =>
    length === null
      ? { bytes: Buffer.from(text, 'latin1'), isWhole }
      : { bytes: Buffer.from(text.slice(0, length)), isWhole: false },
  );
  const random = fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((bytes) => ({ bytes: Buffer.from(bytes), isWhole: false }));
  return fc.oneof({ arbitrary: framed, weight: 9 }, random).map(({ bytes, isWhole }) => (pool) => ({
    kind: 'odd HTTP',
    bytes,
    parts: null,
    draw: pool.draw(0),
    isWhole,
    mayBeCutOff: true,
    isMeantToSucceed: false,
    hasSucceeded: answeredWell,
  }));
}
