import { expectSentence } from '../support/expect-sentence.js';
import { runCommand, type CommandEnd, type CommandOptions } from '../support/fluxgate-command.js';
import { startGateway, TEST_SECRET, type Gateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';
import { ageKeys, signingKeyRows } from '../support/signing-key-rows.js';

const ANOTHER_SECRET = 'Qm8Zr2Wv5Yk1Tn7Xc4Bd9Hs3Jf6LgPa0';
const TOO_EARLY =
  'The next key was published less than 6 minutes ago and verifiers may not know it: wait, or use --force.';

/** Made anew for each test: what one rotates, the next one would find. */
let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.close());

function keys(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandEnd> {
  return runCommand(['keys', ...args], { databaseUrl: gateway.databaseUrl, ...options });
}

async function states(): Promise<string[]> {
  return (await signingKeyRows(gateway)).map(({ kid, state }) => `${kid} ${state}`);
}

/** What the gateway made at its start. */
async function firstKeys(): Promise<{ current: string; next: string }> {
  const rows = await signingKeyRows(gateway);
  const kidOf = (wanted: string) => rows.find(({ state }) => state === wanted)?.kid ?? '';
  return { current: kidOf('current'), next: kidOf('next') };
}

describe('keys list', () => {
  it('shows every key and what it is for, and nothing of their private halves', async () => {
    const { current, next } = await firstKeys();
    const { code, stdout, stderr } = await keys(['list', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows.map(({ kid, state }) => `${String(kid)} ${String(state)}`).sort()).toEqual(
      [`${current} current`, `${next} next`].sort(),
    );
    expect(rows[0]).toEqual({
      kid: expect.any(String),
      algorithm: 'EdDSA',
      state: expect.any(String),
      createdAt: expect.any(String),
      retiresAt: null,
    });
    expect((await keys(['list'])).stdout).toMatch(/^kid +algorithm +state +createdAt +retiresAt\n/);
  });
});

describe('keys rotate', () => {
  it('makes the next key sign, keeps the last one until its tokens have expired, and publishes another', async () => {
    const { current, next } = await firstKeys();
    await ageKeys(gateway);
    const end = await keys(['rotate']);
    expect(end).toEqual({
      code: 0,
      stdout: 'Rotated: the next key signs from now on; gateways follow within 15 s.\n',
      stderr: '',
    });
    const rows = await signingKeyRows(gateway);
    expect(rows.map(({ state }) => state).sort()).toEqual(['current', 'next', 'retiring']);
    expect(rows.find(({ kid }) => kid === next)?.state).toBe('current');
    expect(rows.find(({ kid }) => kid === current)?.state).toBe('retiring');

    const [left] = await gateway.sql<{ seconds: number }>(
      `select extract(epoch from retires_at - now())::int as seconds from signing_keys where state = 'retiring'`,
    );
    expect(left?.seconds).toBeGreaterThan(900); // a token's life, and a minute for clocks that are slow
    expect(left?.seconds).toBeLessThanOrEqual(960);
  });

  it('is refused while verifiers may not know the next key, and done with --force', async () => {
    const before = await states();
    expectSentence(await keys(['rotate']), TOO_EARLY);
    expect(await states()).toEqual(before);
    expect(JSON.parse((await keys(['rotate', '--force', '--json'])).stdout)).toEqual({ rotated: true });
    expect(await states()).toHaveLength(3);
    expectSentence(await keys(['rotate']), TOO_EARLY); // the new next one is young again
  });

  it('is refused with a secret that is not the gateways’, however forced, so that none of them meets a key it cannot open', async () => {
    const before = await states();
    const env = { FLUXGATE_SECRET: ANOTHER_SECRET };
    expectSentence(
      await keys(['rotate', '--force'], { env }),
      'FLUXGATE_SECRET does not open the keys: use the secret of the gateways, or name it in FLUXGATE_SECRET_PREVIOUS.',
    );
    expect(await states()).toEqual(before);
  });

  it('signs with the algorithm that is set, from the key after the next on', async () => {
    const env = { FLUXGATE_SIGNING_ALGORITHM: 'ES256' };
    for (let rotations = 0; rotations < 2; rotations += 1)
      expect((await keys(['rotate', '--force'], { env })).code).toBe(0);
    const algorithms = JSON.parse((await keys(['list', '--json'])).stdout) as { state: string; algorithm: string }[];
    expect(algorithms.filter(({ state }) => state !== 'retiring').map(({ algorithm }) => algorithm)).toEqual([
      'ES256',
      'ES256',
    ]);
  });

  it('says where keys come from when there are none', async () => {
    const empty = await createTestDatabase();
    const end = await keys(['rotate'], { databaseUrl: empty.url });
    await empty.drop();
    expectSentence(end, 'There are no keys yet: the first gateway to start makes them.');
  });
});

describe('keys replace', () => {
  it('makes all keys anew, and leaves none that was there', async () => {
    await keys(['rotate', '--force']);
    const before = await signingKeyRows(gateway);
    expect(before).toHaveLength(3);
    const end = await keys(['replace']);
    expect(end).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Replaced: .* nobody is signed out\.\n$/) });

    const after = await signingKeyRows(gateway);
    expect(after.map(({ state }) => state).sort()).toEqual(['current', 'next']);
    const kids = before.map(({ kid }) => kid);
    expect(after.filter(({ kid }) => kids.includes(kid))).toEqual([]);
  });

  it('is refused with a secret that is not the gateways’, which could not open what it would make', async () => {
    const before = await states();
    const env = { FLUXGATE_SECRET: ANOTHER_SECRET };
    expectSentence(
      await keys(['replace'], { env }),
      'FLUXGATE_SECRET does not open the keys: use the secret of the gateways, or name it in FLUXGATE_SECRET_PREVIOUS.',
    );
    expect(await states()).toEqual(before);
  });
});

describe('keys prune', () => {
  it('removes a key once its last token has expired, and not before', async () => {
    const { current } = await firstKeys();
    await keys(['rotate', '--force']);
    expect((await keys(['prune'])).stdout).toBe('There was nothing to remove.\n');
    expect(await states()).toHaveLength(3);

    await gateway.sql(`update signing_keys set retires_at = now() where state = 'retiring'`);
    expect((await keys(['prune'])).stdout).toBe(`Removed: ${current}.\n`);
    expect(await states()).toHaveLength(2);
    expect(JSON.parse((await keys(['prune', '--json'])).stdout)).toEqual({ removed: [] });
  });
});

describe('keys rewrap', () => {
  it('encrypts every key with the secret in use', async () => {
    const before = await signingKeyRows(gateway);
    const env = { FLUXGATE_SECRET: ANOTHER_SECRET, FLUXGATE_SECRET_PREVIOUS: TEST_SECRET };
    expect((await keys(['rewrap'], { env })).stdout).toBe('2 keys encrypted anew, with the secret in use.\n');

    const after = await signingKeyRows(gateway);
    expect(after.map(({ kid, state }) => [kid, state])).toEqual(before.map(({ kid, state }) => [kid, state]));
    for (const [index, { private_key_encrypted, secret_id }] of after.entries()) {
      expect(secret_id).not.toBe(before[index]?.secret_id);
      expect(private_key_encrypted).not.toEqual(before[index]?.private_key_encrypted);
    }
    expect(JSON.parse((await keys(['rewrap', '--json'], { env })).stdout)).toEqual({ rewrapped: 0 });
  });

  it('names the keys that no secret opens, and leaves them as they are', async () => {
    const before = await signingKeyRows(gateway);
    const end = await keys(['rewrap'], { env: { FLUXGATE_SECRET: ANOTHER_SECRET } });
    const kids = before.map(({ kid }) => kid);
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/^No secret that was given opens .*: name it in FLUXGATE_SECRET_PREVIOUS\.\n$/);
    expect(kids.filter((kid) => !end.stderr.includes(kid))).toEqual([]);
    expect(await signingKeyRows(gateway)).toEqual(before);
  });
});
