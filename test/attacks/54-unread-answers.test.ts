import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { boundConnections } from '../../src/transport/http/bound-connections.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { sendRaw } from '../support/raw-http.js';

const CONNECTIONS = 8;
const LARGE_BYTES = 16 * 1024 * 1024; // more than the system takes for a connection that is not read
const SOON_MS = 500;
/** Longer than a busy machine takes from one piece to the next. */
const LATE_MS = 20_000;

describe('54. answers that nobody reads', () => {
  let app: FastifyInstance;
  async function serve(unreadDeadlineMs: number): Promise<void> {
    app = fastify();
    boundConnections(app, { unreadDeadlineMs });
    app.get('/large', () => Buffer.alloc(LARGE_BYTES));
    await app.listen({ host: '127.0.0.1', port: 0 });
  }
  afterEach(() => app.close());

  const openConnections = () =>
    new Promise<number>((resolve, reject) =>
      app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );

  async function ask(): Promise<Socket> {
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  }

  it('are held until their deadline, and no longer', async () => {
    await serve(SOON_MS);
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, ask));
    await eventually(openConnections, (open) => open === CONNECTIONS);
    await eventually(openConnections, (open) => open === 0);
    for (const socket of sockets) socket.destroy();
  });

  it('are sent to the end to who begins to read them', async () => {
    await serve(LATE_MS);
    const socket = await ask();
    let received = 0;
    for await (const piece of socket) {
      received += (piece as Buffer).length;
      if (received >= LARGE_BYTES) break;
    }
    expect(received).toBeGreaterThanOrEqual(LARGE_BYTES);
  });
});

describe('54. requests that are sent without waiting for an answer', () => {
  let gateway: Gateway;
  beforeAll(async () => (gateway = await startGateway()));
  afterAll(() => gateway.close());

  const ONE = 'GET /api/auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('are answered up to a few, and the others refused', async () => {
    const { head, body } = await sendRaw(gateway.url, ONE.repeat(200));
    const statuses = `${head}\r\n\r\n${body}`.match(/HTTP\/1\.1 \d+/g)!.map((line) => Number(line.slice(-3)));
    expect(statuses.filter((status) => status === 401)).toHaveLength(8);
    expect(statuses.at(-1)).toBe(503);
    expect(body).toMatch(/retry-after: 1\r\n/);
    expect(body).toMatch(/connection: close\r\n/);
  });

  it('are answered one after the other where each is sent after the answer before', async () => {
    for (let at = 0; at < 20; at += 1) expect((await fetch(`${gateway.url}/api/auth/me`)).status).toBe(401);
  });
});
