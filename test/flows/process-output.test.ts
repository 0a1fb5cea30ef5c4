import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from '../support/browser.js';
import {
  cleanUp,
  makeDataDir,
  startFluxgate,
  stopFluxgate,
  type FluxgateProcess,
} from '../support/fluxgate-process.js';
import { bearer, PASSWORD, TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, query } from '../support/postgres.js';
import { freshEmail, logIn, refreshWith, signUp } from '../support/sign-in.js';

const REVOKE = 'mutation ($input: RevokeInput!) { revoke(input: $input) { __typename } }';
const REVOKE_ALL = 'mutation { revokeAll { __typename } }';

afterEach(cleanUp);

describe('what a gateway writes', () => {
  it('holds no password, token, cookie or secret, at the most talkative level, whatever clients do', async () => {
    const dataDir = await makeDataDir();
    const fluxgate = await startFluxgate({ dataDir, env: { FLUXGATE_LOG_LEVEL: 'trace' } });
    const secrets = [
      ...(await useBody(fluxgate)),
      ...(await useCookies(fluxgate)),
      ...(await makeMistakes(fluxgate)),
      (await readFile(join(dataDir, 'secret'), 'utf8')).trim(),
      (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim(),
    ];
    expect(await stopFluxgate(fluxgate)).toBe(0);

    const written = fluxgate.stdout() + fluxgate.stderr() + (await readFile(join(dataDir, 'postgres.log'), 'utf8'));
    expect(written).toContain('"path":"/graphql","operations":"login","status":200');
    expect(secrets.length).toBeGreaterThan(15);
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
  });

  it('is one JSON object a line, but for the lines that say where it serves', async () => {
    const fluxgate = await startFluxgate({ dataDir: await makeDataDir() });
    await signUp(fluxgate);
    await stopFluxgate(fluxgate);

    const lines = fluxgate.stdout().trimEnd().split('\n');
    const announced = lines.filter((line) => !line.startsWith('{'));
    expect(announced.length).toBeGreaterThan(2);
    expect(announced.filter((line) => !/^(fluxgate ready|  \w+) +http:\/\/localhost:\d+/.test(line))).toEqual([]);
    for (const line of lines.filter((other) => !announced.includes(other))) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), msg: expect.any(String) });
    }
  });
});

describe('DATABASE_URL', () => {
  it('makes the gateway use that database, make no data folder, and leave the server running', async () => {
    const database = await createTestDatabase();
    const dataDir = await makeDataDir();
    const env = { DATABASE_URL: database.url, FLUXGATE_SECRET: TEST_SECRET };

    const fluxgate = await startFluxgate({ dataDir, env });
    const { user } = await signUp(fluxgate);
    expect(await stopFluxgate(fluxgate)).toBe(0);

    expect(await query(env.DATABASE_URL, 'select id from users')).toEqual([{ id: user.id }]);
    await expect(readFile(join(dataDir, 'secret'))).rejects.toThrow('ENOENT');
    await database.drop();
  });
});

/** Tokens in the answers. Returns every secret that was sent or answered, as the others do. */
async function useBody(fluxgate: FluxgateProcess): Promise<string[]> {
  const email = freshEmail();
  const signedUp = await signUp(fluxgate, { email });
  const loggedIn = await logIn(fluxgate, { email });
  const refreshed = await refreshWith(fluxgate, loggedIn.refreshToken);
  const revoked = await fluxgate.gql(REVOKE, { input: { refreshToken: refreshed.refreshToken } });
  expect(revoked.data).toEqual({ revoke: { __typename: 'RevokePayload' } });
  return [PASSWORD, ...[signedUp, loggedIn, refreshed].flatMap((it) => [it.accessToken, it.refreshToken])];
}

async function useCookies(fluxgate: FluxgateProcess): Promise<string[]> {
  const browser = openBrowser(fluxgate);
  const email = freshEmail();
  const seen: string[] = [];
  const noteCookies = () => seen.push(...browser.cookies.values());

  seen.push((await signUp(browser, { email, delivery: 'COOKIE' })).accessToken);
  noteCookies();
  seen.push((await logIn(browser, { email, delivery: 'COOKIE' })).accessToken);
  noteCookies();
  const refreshed = await browser.gql<{ refresh: { accessToken: string } }>(
    'mutation { refresh { ... on RefreshPayload { accessToken } } }',
  );
  seen.push(refreshed.data.refresh.accessToken);
  noteCookies();
  const ended = await browser.gql(REVOKE_ALL, {}, bearer(refreshed.data.refresh.accessToken));
  expect(ended.data).toEqual({ revokeAll: { __typename: 'RevokeManyPayload' } });
  return seen;
}

/** Secrets where they do not belong: misspelt fields, literals in documents, broken JSON, headers and addresses. */
async function makeMistakes(fluxgate: FluxgateProcess): Promise<string[]> {
  const fresh = () => `misplaced-${randomBytes(12).toString('hex')}`;
  const [misspelt, literal, broken, inUrl, inHeader, wrong] = [fresh(), fresh(), fresh(), fresh(), fresh(), fresh()];
  await fluxgate.gql('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
    input: { email: freshEmail(), pasword: misspelt },
  });
  await fluxgate.gql(`mutation { login(input: { email: "a@example.org", password: "${literal}" } }`);
  await fetch(`${fluxgate.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"query": "mutation", "password": "${broken}"`,
  });
  await fetch(`${fluxgate.url}/graphql?token=${inUrl}&query={me{id}}`);
  await fluxgate.gql('{ me { id } }', {}, bearer(inHeader));
  await logIn(fluxgate, { email: freshEmail(), password: wrong });
  return [misspelt, literal, broken, inUrl, inHeader, wrong];
}
