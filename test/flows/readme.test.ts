import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, print, separateOperations } from 'graphql';
import { openBrowser } from '../support/browser.js';
import { startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { fenced, section } from '../support/readme.js';

const commands = fenced('sh', section('First query'));

let gateway: Gateway;
let folder: string;
beforeAll(async () => {
  gateway = await startGateway();
  folder = await mkdtemp(join(tmpdir(), 'fluxgate readme '));
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

describe("the README's commands", () => {
  it('sign up, sign in, refresh and sign out, one after the other, as they are printed', async () => {
    const answers = await paste(commands);
    expect(answers.map(({ data }) => data)).toMatchObject([
      { signup: { __typename: 'AuthPayload', user: { email: 'me@example.com' } } },
      { login: { __typename: 'AuthPayload', expiresIn: 900 } },
      { me: { email: 'me@example.com' }, sessions: [{ isCurrent: true }, { isCurrent: false }] },
      { refresh: { __typename: 'RefreshPayload', outcome: 'ROTATED' } },
      { revoke: { session: { status: 'REVOKED', endReason: 'LOGOUT' } } },
    ]);
  });

  it('replay a refresh that is repeated, and lose their access when they have signed out', async () => {
    const [, signIn = '', account = '', refresh = '', signOut = ''] = commands;
    const answers = await paste([signIn, refresh, refresh, signOut, account]);
    expect(answers.slice(1, 3).map(({ data }) => data)).toMatchObject([
      { refresh: { outcome: 'ROTATED' } },
      { refresh: { outcome: 'REPLAYED' } },
    ]);
    expect(answers.at(-1)?.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

describe("the README's document for Sandbox", () => {
  it('signs in and refreshes by cookie, as the page sends it', async () => {
    const [signUp = ''] = commands;
    await paste([signUp]);
    const [document = ''] = fenced('graphql', section('First query'));
    const page = openBrowser(gateway, { origin: gateway.url });
    const answers = [];
    for (const operation of Object.values(separateOperations(parse(document))))
      answers.push((await page.gql(print(operation))).data);
    expect(answers).toEqual([
      { login: { accessToken: expect.stringMatching(/^eyJ/) as string } },
      { refresh: { outcome: 'ROTATED', accessToken: expect.stringMatching(/^eyJ/) as string } },
    ]);
  });
});

/** Runs them in one shell, and reads the answers that they print. */
async function paste(blocks: readonly string[]): Promise<Pick<Answer, 'data' | 'errors'>[]> {
  const script = blocks.join('\n').replaceAll('http://localhost:4000', gateway.url);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder });
  return stdout
    .trim()
    .split(/\n|(?<=\})(?=\{"(?:data|errors)")/)
    .map((answer) => JSON.parse(answer) as Answer);
}
