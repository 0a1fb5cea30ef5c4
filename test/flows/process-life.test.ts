import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { eventually } from '../support/eventually.js';
import {
  cleanUp,
  databasePid,
  makeDataDir,
  NOBODY,
  spawnFluxgate,
  startFluxgate,
  stopFluxgate,
  type FluxgateProcess,
} from '../support/fluxgate-process.js';
import { PASSWORD } from '../support/gateway.js';
import { sendRaw } from '../support/raw-http.js';
import { freshEmail, logIn, refreshWith, signUp } from '../support/sign-in.js';

let dataDir: string;
beforeEach(async () => (dataDir = await makeDataDir()));
afterEach(cleanUp);

describe('the first start', () => {
  it('makes the secret, the database and its signing key, says where to go, and signs people up', async () => {
    const fluxgate = await startFluxgate({ dataDir });
    expect((await stat(join(dataDir, 'secret'))).mode & 0o777).toBe(0o600);
    expect(await databasePid(dataDir)).not.toBeNull();
    const base = `http://localhost:${fluxgate.port}`;
    expect(fluxgate.stdout()).toContain(`\nfluxgate ready ${base}\n  GraphQL  ${base}/graphql\n`);
    expect(fluxgate.stderr()).toBe('');

    const keys = (await (await fetch(`${fluxgate.url}/.well-known/jwks.json`)).json()) as { keys: unknown[] };
    expect(keys.keys.length).toBeGreaterThan(0);
    expect(await signUp(fluxgate)).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('works for an ordinary user', async () => {
    const owned = await makeDataDir(NOBODY);
    const fluxgate = await startFluxgate({ dataDir: owned, account: NOBODY });
    expect(await signUp(fluxgate)).toMatchObject({ __typename: 'AuthPayload' });
    expect(await stopFluxgate(fluxgate)).toBe(0);
    expect(await databasePid(owned)).toBeNull();
  });

  it('names the port it listens on, also where clients use another address', async () => {
    const publicUrl = 'https://auth.example.com';
    const fluxgate = await startFluxgate({ dataDir, env: { FLUXGATE_PUBLIC_URL: publicUrl } });
    expect(fluxgate.stdout()).toContain(
      `fluxgate ready http://localhost:${fluxgate.port}\n  GraphQL  ${publicUrl}/graphql`,
    );
  });
});

describe('SIGTERM', () => {
  it('lets a sign-in that is under way finish, takes no other, and ends with 0 and without a database server', async () => {
    const fluxgate = await startFluxgate({ dataDir });
    const email = freshEmail();
    await signUp(fluxgate, { email });
    const underWay = await beginLogin(fluxgate, email);

    fluxgate.signal('SIGTERM');
    await fluxgate.says('SIGTERM: draining');
    await eventually(
      () =>
        sendRaw(fluxgate.url, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n').then(
          () => '',
          String,
        ),
      (refusal) => refusal.includes('ECONNREFUSED'),
    );

    expect(await underWay.finish()).toMatchObject({ data: { login: { __typename: 'AuthPayload' } } });
    expect(await fluxgate.ended).toBe(0);
    expect(await databasePid(dataDir)).toBeNull();
    expect(fluxgate.stdout()).toContain('the embedded database has stopped');
  });

  it('ends at once when it comes again', async () => {
    const fluxgate = await startFluxgate({ dataDir });
    const underWay = await beginLogin(fluxgate, freshEmail());

    fluxgate.signal('SIGTERM');
    await fluxgate.says('SIGTERM: draining');
    fluxgate.signal('SIGTERM');
    expect(await fluxgate.ended).toBe(1);
    expect(fluxgate.stdout()).toContain('SIGTERM again: ending now');
    await expect(underWay.finish()).rejects.toThrow();
  });

  it('that comes while the database starts leaves no server behind', async () => {
    const fluxgate = await startFluxgate({ dataDir });
    await stopFluxgate(fluxgate);

    const interrupted = await spawnFluxgate({ dataDir });
    await eventually(
      () => databasePid(dataDir),
      (pid) => pid !== null,
    );
    interrupted.signal('SIGTERM');
    expect(await interrupted.ended).toBe(0);
    expect(await databasePid(dataDir)).toBeNull();
    expect(interrupted.stderr()).toBe('');
  });
});

describe('a second start', () => {
  it('goes on with the same accounts, sessions, keys and secret', async () => {
    const first = await startFluxgate({ dataDir });
    const { accessToken, refreshToken, user } = await signUp(first);
    await stopFluxgate(first);

    const second = await startFluxgate({ dataDir, port: first.port });
    const { data } = await second.gql('{ me { id } }', {}, { authorization: `Bearer ${accessToken}` });
    expect(data).toEqual({ me: { id: user.id } });
    expect(await refreshWith(second, refreshToken)).toMatchObject({ outcome: 'ROTATED' });
    expect(await logIn(second, { email: user.email })).toMatchObject({ __typename: 'AuthPayload' });
  });
});

describe('a start after another command', () => {
  it('finds the secret beside the database that the command made', async () => {
    const file = `${dataDir}.jsonl`;
    await writeFile(file, '');
    const imported = await spawnFluxgate({ dataDir, args: ['users', 'import', file] });
    expect(await imported.ended).toBe(0);
    expect(await databasePid(dataDir)).toBeNull();

    expect(await signUp(await startFluxgate({ dataDir }))).toMatchObject({ __typename: 'AuthPayload' });
  });
});

describe('SIGKILL', () => {
  it('loses no session, and the database server that it leaves running is the one that the next start uses', async () => {
    const killed = await startFluxgate({ dataDir });
    const { refreshToken } = await signUp(killed);
    const rotated = await refreshWith(killed, refreshToken);
    const server = await databasePid(dataDir);
    killed.signal('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    expect(await databasePid(dataDir)).toBe(server);

    const next = await startFluxgate({ dataDir });
    expect(await databasePid(dataDir)).toBe(server);
    expect(await refreshWith(next, rotated.refreshToken)).toMatchObject({ outcome: 'ROTATED' });
    expect(await stopFluxgate(next)).toBe(0);
    expect(await databasePid(dataDir)).toBeNull();
  });
});

describe('two gateways on one folder', () => {
  it('that start at once share one secret and one database, which the last to stop takes down', async () => {
    const [one, two] = await Promise.all([startFluxgate({ dataDir }), startFluxgate({ dataDir })]);
    const { refreshToken } = await signUp(one);
    const server = await databasePid(dataDir);

    expect(await stopFluxgate(one)).toBe(0);
    expect(one.stdout()).toContain('another gateway uses the embedded database');
    expect(await databasePid(dataDir)).toBe(server);
    expect(await refreshWith(two, refreshToken)).toMatchObject({ outcome: 'ROTATED' });

    expect(await stopFluxgate(two)).toBe(0);
    expect(await databasePid(dataDir)).toBeNull();
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-password', 'postgres.log', 'secret']);
  });
});

interface UnderWay {
  finish(): Promise<unknown>;
}

/** A sign-in whose headers the gateway has read (it answers 100, RFC 9110 §10.1.1) and whose body is still to come. */
async function beginLogin(fluxgate: FluxgateProcess, email: string): Promise<UnderWay> {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const body = JSON.stringify({ query, variables: { input: { email, password: PASSWORD, delivery: 'BODY' } } });
  const sent = request(`${fluxgate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' },
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => undefined); // for who waits for it later
  sent.flushHeaders();
  await once(sent, 'continue');
  return {
    async finish() {
      sent.end(body);
      const [answer] = await answered;
      return json(answer);
    },
  };
}
