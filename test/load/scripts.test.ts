import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startGateway, type Gateway } from '../support/gateway.js';
import { runStandIn } from '../support/stand-in-process.js';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});

afterAll(() => gateway.close());

describe('the token script', () => {
  it('passes against a gateway that keeps its promises', async () => {
    expect(await runTokens(gateway.url)).toEqual({
      failure: null,
      output: expect.stringContaining(' 0 problems') as string,
    });
  });

  it('fails when a session is lost', async () => {
    const lossy = await startProxy(async ({ operationName }) => {
      if (operationName === 'refresh')
        await gateway.sql(`update sessions set revoked_at = now(), revoke_reason = 'LOGOUT'`);
    });
    try {
      const { output } = await runTokens(lossy.url);

      expect(output).toMatch(/\[threshold\] 'sessions_lost: count==0' is crossed: \{"count":[1-9]/);
      expect(output).toMatch(/\[threshold\] 'graphql_refusals\{scenario:refresh\}: rate<=0.01' is crossed/);
    } finally {
      lossy.close();
    }
  });

  it('fails on GraphQL errors inside HTTP 200', async () => {
    const broken = await startProxy(({ operationName }) =>
      operationName === 'me' ? JSON.stringify({ data: { me: null }, errors: [{ message: 'no' }] }) : undefined,
    );
    try {
      const { output } = await runTokens(broken.url);

      expect(output).toMatch(/\[threshold\] 'graphql_errors\{scenario:verify\}: rate<=0.01' is crossed/);
      expect(output).toMatch(/\[check\] check 'me: no GraphQL errors' failed/);
      expect(output).not.toMatch(/http_req_failed.*crossed/);
    } finally {
      broken.close();
    }
  });

  it('does not start where nobody can sign up', async () => {
    const closed = await startGateway({ env: { FLUXGATE_SIGNUP: 'closed' }, databaseUrl: gateway.databaseUrl });
    try {
      expect(await runTokens(closed.url)).toMatchObject({
        failure: 'script',
        output: expect.stringMatching(/could not be signed up/) as string,
      });
    } finally {
      await closed.close();
    }
  });
});

function runTokens(url: string) {
  return runStandIn('load-tests/token-generation.ts', { BASE_URL: url, ACCOUNTS: '3' });
}

interface Sent {
  readonly operationName?: string;
}

type Answered = string | undefined | void;

/** The gateway behind something that looks at each request first, and may answer in its place. */
async function startProxy(
  before: (sent: Sent) => Answered | Promise<Answered>,
): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    void forward(request, before).then(({ status, body }) => response.writeHead(status).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function forward(
  request: IncomingMessage,
  before: (sent: Sent) => Answered | Promise<Answered>,
): Promise<{ status: number; body: string }> {
  const body = await text(request);
  const answered = await before(body === '' ? {} : (JSON.parse(body) as Sent));
  if (answered) return { status: 200, body: answered };

  const { authorization, 'user-agent': userAgent = '' } = request.headers;
  const answer = await fetch(`${gateway.url}${request.url}`, {
    method: request.method ?? 'GET',
    headers: {
      'content-type': 'application/json',
      'user-agent': userAgent,
      ...(authorization !== undefined && { authorization }),
    },
    body: body === '' ? null : body,
  });
  return { status: answer.status, body: await answer.text() };
}
