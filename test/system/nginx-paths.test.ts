import { startEchoApplication, type EchoApplication } from '../support/echo-application.js';
import { freePort, startGateway, type Gateway } from '../support/gateway.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { sendRaw } from '../support/raw-http.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

let origin: string;
let application: EchoApplication;
let gateway: Gateway;
let nginx: Nginx;
let ann: SignedIn;
let admin: SignedIn;

beforeAll(async () => {
  const listen = await freePort();
  origin = `http://localhost:${listen}`;
  application = await startEchoApplication();
  gateway = await startGateway({
    env: { FLUXGATE_PUBLIC_URL: origin, FLUXGATE_TRUSTED_PROXIES: '127.0.0.1', FLUXGATE_RATE_LIMIT_SCALE: '1000' },
  });
  nginx = await startNginx({ listen, gateway: Number(new URL(gateway.url).port), application: application.port });
  ann = await signUp(gateway);
  const { user } = await signUp(gateway);
  await gateway.sql(`UPDATE users SET roles = '{admin}' WHERE id = $1`, [user.id]);
  admin = await logIn(gateway, { email: user.email });
});
beforeEach(() => void application.reached.splice(0));
afterAll(async () => {
  await nginx?.stop();
  await gateway?.close();
  await application?.close();
});

/** The path as it is written here, which no client that tidies it up would send. */
async function ask(path: string, headers: readonly string[]): Promise<number> {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${new URL(origin).host}`, ...headers, 'Connection: close'];
  return (await sendRaw(origin, `${lines.join('\r\n')}\r\n\r\n`)).status;
}

describe('81: another spelling of a path for which a role is required', () => {
  const asAnn = (path: string) => ask(path, [`Authorization: Bearer ${ann.accessToken}`]);

  it.each(['/admin', '/Admin/users', '/ADMIN', '/admin.json', '/aDmin%20/x', '/%41dmin/', '//admin/', '/admin%2dx'])(
    'is asked for the role: %s',
    async (path) => {
      expect(await asAnn(path)).toBe(403);
      expect(application.reached).toEqual([]);
      expect(await ask(path, [`Authorization: Bearer ${admin.accessToken}`])).toBe(200);
    },
  );

  it.each([
    '/admin;/x',
    '/admin;a=b/users',
    '/public/..;/admin/x',
    '/public/..;a/admin/x',
    '/public/x;/../admin',
    '/public/%3b/admin',
    '/public/../admin/',
    '/public/../reports',
    '/public/./x',
    '/public/..',
    '/public/..?x',
    '/public/%2e%2e/reports',
    '/public/.%2E/reports',
    '/public/..%2freports',
    '/public/..%2Fadmin',
    '/public/%252e%252e/admin',
    '/public/..%252fadmin',
    '/public/x\\..\\admin',
    '/public/%5c..%5Cadmin',
    '/public/#/../../admin',
    '/public/x%23/admin',
    '/public/%0d/admin',
    '/public/%c0%ae%c0%ae/admin',
    '/x/..//admin/',
  ])('is refused, whoever asks: %s', async (path) => {
    expect(await asAnn(path)).toBe(400);
    expect(await ask(path, [])).toBe(400);
    expect(application.reached).toEqual([]);
  });

  it.each(['/reports?next=/a/../b;c', '/public/a%20b', '/caf%C3%A9/a,b=c@d', '/.well/a.b..c/...'])(
    'is not what this is: %s',
    async (path) => {
      expect(await asAnn(path)).toBe(200);
      expect(application.reached[0]?.url).toBe(path);
    },
  );
});

describe('82: a page of elsewhere that opens a WebSocket with the cookies of its visitor, behind nginx', () => {
  const handshake = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', 'Upgrade: websocket'];

  it.each([
    ['https://sister.example', 403],
    ['null', 403],
    ['OWN', 200],
  ])('is refused: %s %i', async (page, status) => {
    const sent = page === 'OWN' ? origin : page;
    const headers = [`Cookie: fluxgate_access=${ann.accessToken}`, `Origin: ${sent}`, ...handshake];
    expect(await ask('/reports', headers)).toBe(status);
    expect(application.reached).toHaveLength(status === 200 ? 1 : 0);
  });
});
