import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Finding, reproduction } from '../../fuzz/finding.ts';
import { signUp } from '../../fuzz/generate/sign-in.ts';
import { createPool } from '../../fuzz/pool.ts';
import { createTally } from '../../fuzz/tally.ts';
import { sendVolley, type Fuzzing } from '../../fuzz/volley.ts';

let server: Server;

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

/** Against a server that answers as it is told, which no gateway would. */
async function fuzzing(answer: RequestListener, isAlive = true): Promise<Fuzzing> {
  server = createServer((request, response) => request.resume().on('end', () => void answer(request, response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pid: 0,
    databasePid: null,
    secret: 'the-secret-of-the-gateway',
    isAlive: () => isAlive,
    newLogLines: () => Promise.resolve([]),
    usedHeapBytes: () => Promise.resolve(0),
  };
  return { gateway, pool: createPool('v'), control: { worstMsSince: () => 0 }, tally: createTally() };
}

const json = { 'content-type': 'application/json' };

describe('a volley', () => {
  it.each<[string, string, RequestListener]>([
    ['a 500', '500', (_, response) => response.writeHead(500, json).end('{}')],
    ['a 503 without a time to come back', '503', (_, response) => response.writeHead(503, json).end('{}')],
    ['a secret', 'a secret', (_, response) => response.writeHead(200, json).end('{"x":"the-secret-of-the-gateway"}')],
    ['a stack', 'a stack', (_, response) => response.writeHead(400, json).end('at f (file:///srv/a.js:1:2)')],
    ['a connection that ends', 'hung up', (request) => request.socket.destroy()],
  ])('finds %s', async (_, found, answer) => {
    const sent = sendVolley(await fuzzing(answer), [signUp]);
    await expect(sent).rejects.toThrow(Finding);
    await expect(sent).rejects.toThrow(found);
  });

  it('finds a process that has ended', async () => {
    const sent = sendVolley(await fuzzing((_, response) => response.end(), false), [signUp]);
    await expect(sent).rejects.toThrow('the gateway has ended');
  });

  it("finds another account's address, and not the one that was sent", async () => {
    const claims = Buffer.from('{"sub":"user","sid":"session"}').toString('base64url');
    const body = JSON.stringify({ accessToken: `eyJhbGciOiJFZERTQSJ9.${claims}.${'s'.repeat(86)}` });
    const all = await fuzzing((_, response) => response.writeHead(200, json).end(body));
    await sendVolley(all, [signUp]); // its own token: nothing is found
    await expect(sendVolley(all, [signUp])).resolves.toBeUndefined(); // drawn from the same session
    const stranger = (pool: typeof all.pool) => ({
      ...signUp(pool),
      draw: { ...pool.draw(0), owners: new Set<string>() },
    });
    await expect(sendVolley(all, [stranger])).rejects.toThrow("another account's");
  });

  it('counts what is refused, and what only asks to come back', async () => {
    const all = await fuzzing((_, response) => response.writeHead(503, { 'retry-after': '1' }).end());
    await sendVolley(all, [signUp, signUp]);
    expect(all.tally.lines()).toEqual([expect.stringMatching(/sign-in +2 overloaded/)]);
  });
});

describe('a finding', () => {
  it('tells its seed, its bytes in a file, and a command that sends them again', async () => {
    const { gateway, pool } = await fuzzing((_, response) => response.end());
    const request = signUp(pool);
    const text = await reproduction(new Finding('500: {}', [request]), gateway.url, 77);
    expect(text).toContain('FOUND 500: {}');
    expect(text).toContain('--seed 77');
    expect(text).toContain(`'${gateway.url}/graphql'`);
    const file = /: (\S+\.http)$/m.exec(text)?.[1] ?? '';
    expect(readFileSync(file)).toEqual(request.bytes);
  });
});
