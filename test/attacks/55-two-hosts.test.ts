import { startGateway, type Gateway } from '../support/gateway.js';
import { rawOperation, sendRaw } from '../support/raw-http.js';

let gateway: Gateway;
beforeAll(async () => (gateway = await startGateway()));
afterAll(() => gateway.close());

describe('55. a request with two Host headers', () => {
  it.each([
    ['that differ', ['Host: localhost', 'Host: elsewhere.example']],
    ['that are the same', ['Host: localhost', 'Host: localhost']],
    ['in different cases', ['Host: localhost', 'hOST: elsewhere.example']],
  ])('is refused: %s', async (_, hosts) => {
    expect((await sendRaw(gateway.url, rawOperation('{ __typename }', hosts))).status).toBe(400);
    for (const path of ['/auth/verify', '/healthz', '/api/auth/me', '/nowhere']) {
      const lines = [`GET ${path} HTTP/1.1`, ...hosts, 'Connection: close'];
      expect([path, (await sendRaw(gateway.url, `${lines.join('\r\n')}\r\n\r\n`)).status]).toEqual([path, 400]);
    }
  });
});
