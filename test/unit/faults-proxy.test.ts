import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startProxy, type Proxy } from '../../faults/servers/proxy.ts';
import { eventually } from '../support/eventually.js';

let server: Server;
let proxy: Proxy;
let clients: Socket[];
let heard: string[];

/** Says everything back, and remembers it. */
async function startEcho(): Promise<Server> {
  const echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk.toString());
      socket.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  return echo;
}

const portOf = (of: Server) => (of.address() as AddressInfo).port;

beforeEach(async () => {
  [clients, heard] = [[], []];
  server = await startEcho();
  proxy = await startProxy(portOf(server));
});
afterEach(async () => {
  clients.forEach((client) => client.destroy());
  await proxy.close();
  server.close();
  await once(server, 'close');
});

async function open(): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1');
  clients.push(client.on('error', () => undefined));
  await once(client, 'connect');
  return client;
}

async function echoed(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [chunk] = (await once(client, 'data')) as [Buffer];
  return chunk.toString();
}

/** However it ends. */
const closed = (client: Socket) => new Promise((resolve) => client.once('close', resolve));

describe("the faults' proxy", () => {
  it('passes on what is said in both directions', async () => {
    expect(await echoed(await open(), 'hello')).toBe('hello');
    expect(proxy.via('postgres://a:b@db.example.com:5432/c')).toBe(`postgres://a:b@127.0.0.1:${proxy.port}/c`);
  });

  it('delays each way', async () => {
    const client = await open();
    await echoed(client, 'warm');
    proxy.delay(50);
    const startedMs = performance.now();
    await echoed(client, 'slow');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(95);
  });

  it('swallows everything in a black hole, and ends what it has swallowed when it heals', async () => {
    const client = await open();
    await echoed(client, 'before');
    proxy.blackHole();
    const late = await open(); // let in, and hears nothing
    client.write('swallowed');
    late.write('swallowed too');
    await eventually(
      () => Promise.resolve(proxy.lost()),
      (lost) => lost === 2,
    );
    const ends = Promise.all([closed(client), closed(late)]);
    proxy.heal();
    await ends;
    expect(await echoed(await open(), 'after')).toBe('after');
    expect(heard).toEqual(['before', 'after']);
  });

  it('drops a query before it arrives, and an answer after it has', async () => {
    proxy.lose(['COMMIT'], 'drop query', 1);
    const first = await open();
    first.write('COMMIT');
    await closed(first);
    expect([heard, proxy.lost()]).toEqual([[], 1]);

    proxy.lose(['COMMIT'], 'drop answer', 1);
    const second = await open();
    let answered = '';
    second.on('data', (chunk: Buffer) => (answered += chunk.toString()));
    second.write('COMMIT');
    await closed(second);
    expect([heard, answered, proxy.lost()]).toEqual([['COMMIT'], '', 2]);
  });

  it('leaves alone what does not hold the text', async () => {
    proxy.lose(['COMMIT'], 'drop query', 1);
    expect(await echoed(await open(), 'SELECT 1')).toBe('SELECT 1');
  });

  it('resets every connection, and leads new ones elsewhere', async () => {
    const client = await open();
    await echoed(client, 'here');
    const end = closed(client);
    proxy.reset();
    await end;

    const other = createServer((socket) => void socket.end('elsewhere')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    proxy.lead(portOf(other));
    const [chunk] = (await once(await open(), 'data')) as [Buffer];
    expect(chunk.toString()).toBe('elsewhere');
    other.close();
  });
});
