import { decodeProtectedHeader } from 'jose';
import { deriveSecrets } from '../../src/domain/key-derivation.js';
import { rotateKeys } from '../../src/domain/signing-keys/store.js';
import { openOrm } from '../../src/storage/orm.js';
import { eventually } from '../support/eventually.js';
import { runCommand } from '../support/fluxgate-command.js';
import { bearer, startGateway, TEST_SECRET, type Gateway } from '../support/gateway.js';
import { ageKeys, currentKid, signingKeyRows } from '../support/signing-key-rows.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

/** Two nodes are one issuer. */
const env = {
  FLUXGATE_RATE_LIMIT_SCALE: '100000',
  FLUXGATE_SESSION_LIMIT: '1000', // of the one account that all of them sign in to
  FLUXGATE_PUBLIC_URL: 'http://localhost:4000',
};
const TIMEOUT_MS = 180_000;

let one: Gateway;
let other: Gateway;
beforeAll(async () => {
  one = await startGateway({ env });
  other = await startGateway({ env, databaseUrl: one.databaseUrl });
});
afterAll(async () => {
  await other.close();
  await one.close();
});

interface Load {
  /** What was not answered as it should be. */
  readonly failures: readonly string[];
  /** How many requests were answered. */
  answered(): number;
  stop(): Promise<void>;
}

/** People who sign in, look around on the other node, and refresh there, one after the other, until it is stopped. */
function startLoad(email: string): Load {
  const failures: string[] = [];
  let answered = 0;
  let running = true;
  const note = (request: string, was: unknown, expected: unknown) => {
    answered += 1;
    if (was !== expected) failures.push(`${request}: ${String(was)}`);
  };

  async function live(home: Gateway, away: Gateway): Promise<void> {
    while (running) {
      const signedIn = await logIn(home, { email });
      note('login', signedIn.__typename, 'AuthPayload');
      note('me', await statusWith(away, signedIn), 200);
      for (let { refreshToken } = signedIn, rounds = 0; rounds < 5; rounds += 1) {
        const refreshed = await refreshWith(away, refreshToken);
        note('refresh', refreshed.outcome, 'ROTATED');
        note('me after a refresh', await statusWith(home, refreshed), 200);
        refreshToken = refreshed.refreshToken;
      }
    }
  }
  const lives = Promise.all([live(one, other), live(other, one)]);
  return {
    failures,
    answered: () => answered,
    async stop() {
      running = false;
      await lives;
    },
  };
}

async function statusWith(gateway: Gateway, { accessToken }: Pick<SignedIn, 'accessToken'>): Promise<number> {
  return (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

async function publishedKids({ url }: Gateway): Promise<string[]> {
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid).sort();
}

async function storedKids(): Promise<string[]> {
  return (await signingKeyRows(one)).map(({ kid }) => kid).sort();
}

/** Until every node has read the keys as they are now. */
async function eventuallyPublished(): Promise<void> {
  const stored = await storedKids();
  for (const gateway of [one, other])
    await eventually(
      () => publishedKids(gateway),
      (kids) => String(kids) === String(stored),
    );
}

function keys(...args: string[]) {
  return runCommand(['keys', ...args], { databaseUrl: one.databaseUrl });
}

describe('keys that rotate while people sign in, look around and refresh on two nodes', () => {
  it(
    'cost no request, sign on both nodes, verify what was signed before, and are gone when its time has passed',
    async () => {
      const before = await signUp(one);
      const firstKid = kidOf(before);
      const load = startLoad(before.user.email);
      try {
        await ageKeys(one);
        expect((await keys('rotate')).code).toBe(0);
        const secondKid = await currentKid(one);
        expect(secondKid).not.toBe(firstKid);
        await eventuallyPublished();
        for (const gateway of [one, other])
          expect(kidOf(await logIn(gateway, { email: before.user.email }))).toBe(secondKid);
        expect(await Promise.all([one, other].map((gateway) => statusWith(gateway, before)))).toEqual([200, 200]);

        const answeredBefore = load.answered();
        await one.sql(`update signing_keys set retires_at = now() where kid = $1`, [firstKid]);
        for (const gateway of [one, other])
          await eventually(
            () => publishedKids(gateway),
            (kids) => !kids.includes(firstKid ?? ''),
          );
        expect(await Promise.all([one, other].map((gateway) => statusWith(gateway, before)))).toEqual([401, 401]);
        expect((await keys('prune')).stdout).toBe(`Removed: ${firstKid}.\n`);
        await eventuallyPublished();
        expect(load.answered()).toBeGreaterThan(answeredBefore);
      } finally {
        await load.stop();
      }
      expect(load.failures).toEqual([]);
      expect(await publishedKids(one)).not.toContain(firstKid);
      expect(await Promise.all([one, other].map((gateway) => statusWith(gateway, before)))).toEqual([401, 401]);
    },
    TIMEOUT_MS,
  );

  it('are rotated once by two operators at the same moment: the second is told to wait', async () => {
    const before = await storedKids();
    await ageKeys(one);
    const ends = await Promise.all([keys('rotate'), keys('rotate')]);
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(await storedKids()).toHaveLength(before.length + 1);
  });
});

describe('rotations that do not wait for verifiers', () => {
  it('come one after the other where they begin at the same moment: each that is told so has rotated', async () => {
    const orm = await openOrm(one.databaseUrl);
    const rules = { publishedSeconds: 0, retireAfterSeconds: 60 };
    const rotate = () => rotateKeys(orm.em.fork(), deriveSecrets(TEST_SECRET, null), 'EdDSA', rules);
    const before = await signingKeyRows(one);

    const outcomes = await Promise.all(Array.from({ length: 5 }, rotate)).finally(() => orm.close(true));

    const rotated = outcomes.filter((outcome) => outcome === 'rotated').length;
    expect(outcomes.filter((outcome) => outcome === 'too early')).toHaveLength(5 - rotated); // one that had begun earlier
    expect(rotated).toBeGreaterThan(0);
    const states = (await signingKeyRows(one)).map(({ state }) => state).toSorted();
    expect(states).toEqual([
      'current',
      'next',
      ...Array.from({ length: before.length - 2 + rotated }, () => 'retiring'),
    ]);
  });
});

describe('keys that have leaked', () => {
  it('are replaced: what they signed is refused on every node, and sessions go on with their next refresh', async () => {
    const signedIn = await signUp(one);
    expect(await Promise.all([one, other].map((gateway) => statusWith(gateway, signedIn)))).toEqual([200, 200]);
    const before = await storedKids();
    expect((await keys('replace')).code).toBe(0);
    await eventuallyPublished();

    expect((await storedKids()).filter((kid) => before.includes(kid))).toEqual([]);
    expect(await Promise.all([one, other].map((gateway) => statusWith(gateway, signedIn)))).toEqual([401, 401]);
    const refreshed = await refreshWith(other, signedIn.refreshToken);
    expect(await Promise.all([one, other].map((gateway) => statusWith(gateway, refreshed)))).toEqual([200, 200]);
  });
});

function kidOf({ accessToken }: Pick<SignedIn, 'accessToken'>): string | undefined {
  return decodeProtectedHeader(accessToken).kid;
}
