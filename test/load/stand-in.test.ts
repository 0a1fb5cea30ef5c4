import { readdir } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startGateway, type Gateway } from '../support/gateway.js';
import type { FailureKind } from '../support/k6/failure.js';
import { runStandIn } from '../support/stand-in-process.js';

/** Each script in test/support/k6/bad, the kind of failure it must end with, and what must be said of it. */
const BAD: readonly (readonly [script: string, failure: FailureKind, said: RegExp])[] = [
  ['unknown-member', 'not-provided', /k6\/http\.fetch is not provided/],
  ['swallowed-unknown-member', 'not-provided', /k6\/http\.fetch is not provided/],
  ['unknown-response-member', 'not-provided', /response\.statusCode is not provided/],
  ['unknown-export', 'not-provided', /k6\/metrics.*no|Histogram/],
  ['wrong-types', 'options', /vus is two, not a whole number/],
  ['throws', 'script', /scenario default, VU 1, iteration 0: Cannot read properties of undefined/],
  ['failed-check', 'check', /check 'is found' failed 2 times/],
  ['threshold-never-fed', 'threshold', /'http_req_failed\{name:jwsk\}: rate<0.01' was never fed/],
  ['threshold-crossed', 'threshold', /'http_req_failed: rate<0.01' is crossed: \{"rate":1,/],
  ['threshold-malformed', 'options', /a trend has no 'p95'/],
  ['threshold-on-nothing', 'options', /'tokens_isued': there is no such metric/],
  ['removed-executor', 'options', /no executor 'externally-controlled'/],
  ['missing-function', 'options', /exports no function 'signIn'/],
  ['request-in-init', 'script', /an HTTP request is not there in the init phase/],
  ['npm-import', 'not-provided', /'jose': k6 resolves neither npm packages/],
  ['node-import', 'not-provided', /'node:crypto': k6 resolves neither npm packages nor modules of Node/],
  ['node-global', 'script', /URL is not a constructor/],
  ['import-without-extension', 'not-provided', /k6 wants the whole file name/],
  ['type-import', 'not-provided', /'k6\/options'.*import type/],
  ['newer-syntax', 'syntax', /newer-syntax\.ts is not ES2022/],
  ['newer-regular-expression', 'syntax', /Invalid regular expression flag/],
  ['decorator', 'syntax', /Unexpected character '@'/],
  ['enum', 'syntax', /enum is not supported/],
  ['promise-in-check', 'script', /check 'is one' gives a promise/],
  ['summary-without-text', 'script', /handleSummary does not return text by file name/],
];

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

describe('a script that a real k6 would not run as meant', () => {
  it.each(BAD)('fails for its reason: %s', async (script, failure, said) => {
    const run = await runStandIn(`test/support/k6/bad/${script}.ts`, { BASE_URL: gateway.url });

    expect(run).toEqual({ failure, output: expect.stringMatching(said) as string });
  });

  it('is listed above, whichever there is', async () => {
    const files = await readdir(new URL('../support/k6/bad', import.meta.url));

    expect(files.sort()).toEqual(BAD.map(([script]) => `${script}.ts`).sort());
  });

  it('fails when the gateway is not there', async () => {
    const nobody = { BASE_URL: 'http://127.0.0.1:9' };

    expect(await runStandIn('load-tests/jwks.ts', nobody)).toMatchObject({
      failure: 'script',
      output: expect.stringContaining('http://127.0.0.1:9 is not ready') as string,
    });
  });
});

describe('a script that works', () => {
  it("meets k6's test life cycle as it is", async () => {
    const server = createServer((request, response) => {
      if (request.url === '/nobody-answers') return void request.socket.destroy();
      const { cookie, 'x-sent': sent } = request.headers;
      response.setHeader('set-cookie', ['seen=1; Path=/', 'gone=1; Max-Age=0']).setHeader('x-lower-case', '1');
      return response.end(JSON.stringify({ cookie, sent }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const run = await runStandIn('test/support/k6/good/life-cycle.ts', { BASE_URL: `http://127.0.0.1:${port}` });

      expect(run).toEqual({
        failure: null,
        output: expect.stringContaining('4 iterations, 12 requests, 41 checks passed, 0 problems') as string,
      });
    } finally {
      server.close();
    }
  });

  it('passes, without a claim to have been k6 and without a time', async () => {
    const { failure, output } = await runStandIn('load-tests/jwks.ts', { BASE_URL: gateway.url });

    expect({ failure, lines: output.trimEnd().split('\n').length }).toEqual({ failure: null, lines: 1 });
    expect(output).toMatch(/^stand-in for k6: 4 iterations, 5 requests, 12 checks passed, 0 problems; no load/);
    expect(output).not.toMatch(/\d ?m?s\b|p\(95\)/);
  });
});
