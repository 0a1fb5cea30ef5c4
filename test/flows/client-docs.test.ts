import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { countCodeBlocks, documentedPrograms } from '../support/documented-programs.js';
import { openBrowser } from '../support/browser.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { logIn, signUp } from '../support/sign-in.js';

const PAGE = 'clients.md';
const programs = documentedPrograms(PAGE);
const project = fileURLToPath(new URL('../..', import.meta.url));

/** What the reader has installed. */
const INSTALLED = ['@apollo/client', '@urql/core', 'graphql', 'jose'];

/** Cookies and an Origin, as pages have them in a browser and Node's fetch has not. */
const BROWSER = `
const cookies = new Map();
const plain = globalThis.fetch;
globalThis.fetch = async (url, { credentials, ...init } = {}) => {
  if (credentials !== 'include') return plain(url, init);
  const headers = new Headers(init.headers);
  headers.set('cookie', [...cookies].map(([name, value]) => name + '=' + value).join('; '));
  headers.set('origin', new URL(url).origin);
  const response = await plain(url, { ...init, headers });
  for (const cookie of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
  return response;
};`;

/** As if the first access token had expired. */
const EXPIRED = `
const plain = globalThis.fetch;
let first;
globalThis.fetch = (url, init = {}) => {
  const headers = new Headers(init.headers);
  const sent = headers.get('authorization') ?? undefined;
  first ??= sent;
  if (sent !== undefined && sent === first) headers.set('authorization', sent + 'x');
  return plain(url, { ...init, headers });
};`;

let google: OpenidProvider;
let gateway: Gateway;
let folder: string;
beforeAll(async () => {
  google = await startOpenidProvider();
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ google }) } });
  folder = await mkdtemp(join(tmpdir(), 'fluxgate clients '));
  for (const name of INSTALLED) await link(join(project, 'node_modules', name), name);
  await copyFile(join(project, 'possible-types.json'), join(folder, 'possible-types.json'));
  for (const { name, source } of programs) await save(name, source);
  await save('browser.mjs', BROWSER);
  await save('expired.mjs', EXPIRED);
});
afterAll(async () => {
  await gateway.close();
  await google.close();
  await rm(folder, { recursive: true });
});

async function link(target: string, name: string): Promise<void> {
  const path = join(folder, 'node_modules', name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

async function save(name: string, source: string): Promise<void> {
  await writeFile(join(folder, name), source.replaceAll('http://localhost:4000', gateway.url));
}

/** @returns what it printed; fails when it does not end with 0. */
async function run(name: string, ...before: string[]): Promise<string> {
  const preloaded = before.flatMap((module) => ['--import', `./${module}`]);
  const [file, args] = name.endsWith('.sh')
    ? ['bash', ['-euo', 'pipefail', name]]
    : [process.execPath, [...preloaded, name]];
  const { stdout, stderr } = await promisify(execFile)(file, args, { cwd: folder });
  expect(stderr).toBe('');
  return stdout;
}

describe('docs/clients.md', () => {
  it('names every program on the page in its first line', () => {
    expect(programs).toHaveLength(countCodeBlocks(PAGE));
    expect(new Set(programs.map(({ name }) => name)).size).toBe(programs.length);
  });

  it.each(programs.flatMap(({ name, prints }) => (prints === null ? [] : [[name, prints] as const])))(
    'shows what %s prints',
    async (name, prints) => {
      const before = name.endsWith('page.mjs') ? ['browser.mjs'] : [];
      expect((await run(name, ...before)).trimEnd()).toBe(prints.trimEnd());
    },
  );
});

it('shows documents that sign in, refresh, ask and sign out, sent one after the other as Sandbox does', async () => {
  const documents = programs.filter(({ name }) => name.endsWith('.graphql'));
  const page = openBrowser(gateway, { origin: gateway.url });
  let accessToken = '';
  const answers = [];
  for (const { source } of documents) {
    const headers = accessToken === '' ? {} : bearer(accessToken);
    const { data } = await page.gql<Record<string, { accessToken?: string }>>(source, {}, headers);
    accessToken = Object.values(data)[0]?.accessToken ?? accessToken;
    answers.push(data);
  }
  expect(answers).toMatchObject([
    { login: { __typename: 'AuthPayload' } },
    { refresh: { __typename: 'RefreshPayload', outcome: 'ROTATED', expiresIn: 900 } },
    {
      me: { email: 'me@example.com' },
      sessions: expect.arrayContaining([expect.objectContaining({ isCurrent: true })]) as unknown,
      securityEvents: {
        nodes: expect.arrayContaining([expect.objectContaining({ type: 'login.succeeded' })]) as unknown,
      },
    },
    { revoke: { __typename: 'RevokePayload', session: { status: 'REVOKED' } } },
  ]);
});

it('provider.mjs signs in with the ID token of a provider, once, and says why not', async () => {
  const person = somebody();
  const idToken = await google.idToken(person, { nonce: 'n-0S6' });
  const denied = await google.idToken(somebody({ email_verified: false }));
  await save(
    'provider-application.mjs',
    `import { signInWithProvider } from './provider.mjs';
     const { user, refreshToken } = await signInWithProvider('google', '${idToken}', 'n-0S6');
     console.log(user.email, refreshToken.slice(0, 4));
     console.log((await signInWithProvider('google', '${idToken}', 'n-0S6')).code);
     console.log((await signInWithProvider('google', '${denied}')).code);`,
  );
  expect(await run('provider-application.mjs')).toBe(`${person.email} fgr_\nINVALID_CREDENTIALS\nLOGIN_DENIED\n`);
});

describe.each([
  ['session.mjs', []],
  ['browser-session.mjs', ['browser.mjs']],
])('%s', (module, before) => {
  /** Runs a few lines of an application that uses the module, as a user of its own. */
  async function play(lines: string, ...alsoBefore: string[]): Promise<{ printed: string; events: string[] }> {
    const { user } = await signUp(gateway);
    await save(
      'application.mjs',
      `import { authorizedFetch, onSignedOut, refresh, signIn, signOut } from './${module}';
       const ask = async (query) => {
         const body = JSON.stringify({ query });
         const headers = { 'content-type': 'application/json' };
         return (await authorizedFetch('${gateway.url}/graphql', { method: 'POST', headers, body })).json();
       };
       const signInAsUser = () => signIn('${user.email}', '${PASSWORD}');
       ${lines}`,
    );
    const printed = await run('application.mjs', ...before, ...alsoBefore);
    const events = await gateway.sql<{ type: string }>(
      `select type from security_events where user_id = $1 and type ~ '^(session|refresh)' order by id`,
      [user.id],
    );
    return { printed, events: events.map(({ type }) => type) };
  }

  it('refreshes once when many requests find the access token expired, and all are answered', async () => {
    const { printed, events } = await play(
      `await signInAsUser();
       const answers = await Promise.all(Array.from({ length: 8 }, () => ask('{ me { name } }')));
       console.log(answers.map(({ data }) => data.me.name).join());
       await signOut();`,
      'expired.mjs',
    );
    expect(printed).toBe(`${Array<string>(8).fill('Test User').join()}\n`);
    expect(events).toEqual(['session.refreshed', 'session.revoked']);
  });

  it('says once that the session is over when it was ended elsewhere', async () => {
    const { printed } = await play(
      `let told = 0;
       onSignedOut(() => { told += 1; });
       await signInAsUser();
       await ask('mutation { revokeAll { __typename } }');
       const answers = await Promise.all([1, 2, 3].map(() => ask('{ me { name } }')));
       console.log(told, answers.map(({ errors }) => errors[0].extensions.code).join());
       console.log((await ask('{ me { name } }')).data);`,
    );
    expect(printed).toBe('1 UNAUTHENTICATED,UNAUTHENTICATED,UNAUTHENTICATED\n{ me: null }\n');
  });

  it('keeps the session when the network fails, or the server is busy', async () => {
    const { printed, events } = await play(
      `let told = 0;
       onSignedOut(() => { told += 1; });
       await signInAsUser();
       const online = globalThis.fetch;
       const busy = { errors: [{ message: 'Busy.', extensions: { code: 'UNAVAILABLE' } }] };
       for (const fetch of [async () => { throw new Error('offline'); }, async () => Response.json(busy, { status: 503 })]) {
         globalThis.fetch = fetch;
         console.log(await refresh().catch((error) => error.message));
       }
       globalThis.fetch = online;
       console.log(await refresh(), told);`,
    );
    expect(printed).toBe('offline\nUNAVAILABLE: Busy.\ntrue 0\n');
    expect(events).toEqual(['session.refreshed']);
  });
});

it('ends every session that a program of the page signs out of', async () => {
  const { accessToken } = await logIn(gateway, { email: 'me@example.com', password: 'larch-quay-72-umber' });
  const left = await gateway.gql<{ sessions: unknown[] }>('{ sessions { id } }', {}, bearer(accessToken));
  expect(left.data.sessions).toHaveLength(3); // of account.sh and service.mjs, which do not sign out, and this one
});
