import { randomBytes } from 'node:crypto';
import { deriveKeys } from '../../src/domain/key-derivation.js';
import { StartupError } from '../../src/errors.js';
import { openBrowser } from '../support/browser.js';
import { runCommand } from '../support/fluxgate-command.js';
import { cleanUp, makeDataDir, refusedStart } from '../support/fluxgate-process.js';
import { bearer, startGateway, TEST_SECRET, type Gateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { freshEmail, logIn, refreshWith, signUp } from '../support/sign-in.js';

const NEW_SECRET = 'Qm8Zr2Wv5Yk1Tn7Xc4Bd9Hs3Jf6LgPa0';
const CHANGED = { FLUXGATE_SECRET: NEW_SECRET, FLUXGATE_SECRET_PREVIOUS: TEST_SECRET };
const DEVICE_COOKIE = 'fluxgate_device';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await cleanUp();
  await database.drop();
});

/** Runs a gateway on the database for as long as the work takes: one after the other, as restarts are. */
async function served<T>(env: Record<string, string>, work: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await startGateway({
    databaseUrl: database.url,
    env: { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_PUBLIC_URL: 'http://localhost:4000', ...env },
  });
  try {
    return await work(gateway);
  } finally {
    await gateway.close();
  }
}

/** The id of the secret that a refresh token was made with: its second byte. */
function secretIdOf(refreshToken: string): number | undefined {
  return Buffer.from(refreshToken.slice('fgr_'.length), 'base64url')[1];
}

const rewrap = () => runCommand(['keys', 'rewrap'], { databaseUrl: database.url, env: CHANGED });

describe('a gateway with a new secret, and the one before it', () => {
  it('goes on with the sessions of before: their tokens are good, and their successors are made with the new secret', async () => {
    const before = await served({}, signUp);
    expect(secretIdOf(before.refreshToken)).toBe(deriveKeys(TEST_SECRET).id);

    await served(CHANGED, async (gateway) => {
      expect((await gateway.gql('{ me { id } }', {}, bearer(before.accessToken))).status).toBe(200);
      const refreshed = await refreshWith(gateway, before.refreshToken);
      expect(refreshed.outcome).toBe('ROTATED');
      expect(secretIdOf(refreshed.refreshToken)).toBe(deriveKeys(NEW_SECRET).id);
      expect(await refreshWith(gateway, before.refreshToken)).toMatchObject({
        outcome: 'REPLAYED',
        refreshToken: refreshed.refreshToken,
      });
      expect((await refreshWith(gateway, refreshed.refreshToken)).outcome).toBe('ROTATED');
    });
  });

  it('knows the devices of before by their cookie', async () => {
    const email = freshEmail();
    const { device, cookie } = await served({}, async (gateway) => {
      const browser = openBrowser(gateway);
      const { session } = await signUp(browser, { email, delivery: 'COOKIE' });
      return { device: session.device, cookie: browser.cookies.get(DEVICE_COOKIE) ?? '' };
    });
    expect(cookie).not.toBe('');
    await served(CHANGED, async (gateway) => {
      const headers = { cookie: `${DEVICE_COOKIE}=${cookie}`, 'user-agent': 'another one entirely' };
      expect(await logIn(gateway, { email }, headers)).toMatchObject({ isNewDevice: false, session: { device } });
    });
  });

  it('needs the one before no more once the keys are rewrapped, but for refresh tokens that it made', async () => {
    const idle = await served({}, signUp);
    const active = await served(CHANGED, async (gateway) => {
      const { refreshToken } = await signUp(gateway);
      return refreshWith(gateway, refreshToken);
    });
    expect(await rewrap()).toMatchObject({ code: 0, stderr: '' });

    await served({ FLUXGATE_SECRET: NEW_SECRET }, async (gateway) => {
      expect((await refreshWith(gateway, active.refreshToken)).outcome).toBe('ROTATED');
      expect((await gateway.gql('{ me { id } }', {}, bearer(active.accessToken))).status).toBe(200);
      expect((await refreshWith(gateway, idle.refreshToken)).__typename).toBe('InvalidRefreshToken');
      expect((await signUp(gateway)).__typename).toBe('AuthPayload');
    });
  });

  it('leaves a gateway that still runs with the old secret alone in its work', async () => {
    await served({}, async (old) => {
      const { refreshToken } = await signUp(old);
      await rewrap();
      expect((await refreshWith(old, refreshToken)).outcome).toBe('ROTATED');
    });
  });
});

describe('a secret that is not the one of the database', () => {
  it('is one sentence that says what to do, and nothing is lost by it', async () => {
    const before = await served({}, signUp);
    const start = served({ FLUXGATE_SECRET: NEW_SECRET }, () => Promise.reject(new Error('it serves')));
    await expect(start).rejects.toThrow(StartupError);
    await expect(start).rejects.toThrow(
      /^FLUXGATE_SECRET is not the secret that this database was made with: .*FLUXGATE_SECRET_PREVIOUS\.$/,
    );
    await served({}, async (gateway) => {
      expect((await refreshWith(gateway, before.refreshToken)).outcome).toBe('ROTATED');
    });
  });
});

describe('two secrets that tokens cannot tell apart', () => {
  it('refuse to start', async () => {
    const { code, stderr } = await refusedStart({
      dataDir: await makeDataDir(),
      env: {
        DATABASE_URL: database.url,
        FLUXGATE_SECRET: secretWithTheIdOf(TEST_SECRET),
        FLUXGATE_SECRET_PREVIOUS: TEST_SECRET,
      },
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'FLUXGATE_SECRET and FLUXGATE_SECRET_PREVIOUS cannot be told apart in tokens: make another FLUXGATE_SECRET.\n',
    });
  });
});

/** There are 256 ids: found after as many tries, more or less. */
function secretWithTheIdOf(other: string): string {
  const { id } = deriveKeys(other);
  for (;;) {
    const secret = randomBytes(32).toString('base64url');
    if (deriveKeys(secret).id === id) return secret;
  }
}
