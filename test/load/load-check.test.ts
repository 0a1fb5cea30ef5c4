import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startGateway, type Gateway } from '../support/gateway.js';

const LOAD_CHECK = fileURLToPath(new URL('../../tools/load-check.mjs', import.meta.url));

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.close());

describe('npm run load:check', () => {
  it('executes a script in two profiles and reads its options in the others', async () => {
    const { code, output } = await loadCheck(gateway.url, 'jwks');

    expect(code).toBe(0);
    expect(output.match(/^── .*/gm)).toEqual([
      '── jwks, profile smoke',
      '── jwks, profile load',
      '── jwks, profile stress, options only',
      '── jwks, profile spike, options only',
      '── jwks, profile soak, options only',
      '── jwks, profile breakpoint, options only',
    ]);
  });

  it('fails, and names the scripts that do not work', async () => {
    const { code, said } = await loadCheck('http://127.0.0.1:9', 'jwks');

    expect({ code, said }).toEqual({ code: 1, said: 'These load scripts do not work: jwks.\n' });
  });

  it('says which scripts there are, before it starts anything', async () => {
    const { code, said } = await loadCheck(gateway.url, 'tokens');

    expect({ code, said }).toEqual({
      code: 1,
      said: 'tokens is not a load script: jwks, mixed, rest, revoke, sessions, signup, token-generation are.\n',
    });
  });
});

function loadCheck(baseUrl: string, script: string): Promise<{ code: unknown; output: string; said: string }> {
  const env = { ...process.env, BASE_URL: baseUrl };
  return new Promise((resolve) => {
    execFile(process.execPath, [LOAD_CHECK, script], { env }, (error, output, said) => {
      resolve({ code: error === null ? 0 : error.code, output, said });
    });
  });
}
