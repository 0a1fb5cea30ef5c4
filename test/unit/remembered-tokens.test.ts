import { KeyObject } from 'node:crypto';
import { generateKeyPair } from 'jose';
import { createAccessTokens, rememberVerified, type VerificationKeys } from '../../src/domain/access-token.js';

const TTL_SECONDS = 900;
const START_MS = 1_800_000_000_000;
const claims = { userId: 'user-1', sessionId: 'session-1', roles: [] };

const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
let lookUps: number;
let nowMs: number;
let ring: VerificationKeys;

function ringWith(...kids: string[]): VerificationKeys {
  return {
    current: { kid: 'key-1', algorithm: 'EdDSA', privateKey: KeyObject.from(privateKey) },
    find(kid) {
      lookUps += 1;
      return kids.includes(kid) ? { algorithm: 'EdDSA', publicKey } : undefined;
    },
  };
}

function openTokens() {
  const options = { clock: () => new Date(nowMs), keys: () => ring };
  const tokens = createAccessTokens({
    ...options,
    issuer: 'https://a.example',
    audience: 'a',
    ttlSeconds: TTL_SECONDS,
  });
  return rememberVerified(tokens, options);
}

beforeEach(() => {
  lookUps = 0;
  nowMs = START_MS;
  ring = ringWith('key-1');
});

describe('verified tokens', () => {
  it('have their signature checked once', async () => {
    const tokens = openTokens();
    const token = await tokens.sign(claims);
    const first = await tokens.verify(token);
    expect(first).toMatchObject(claims);
    expect(await tokens.verify(token)).toEqual(first);
    expect(lookUps).toBe(1);
  });

  it('are forgotten when they expire', async () => {
    const tokens = openTokens();
    const token = await tokens.sign(claims);
    await tokens.verify(token);
    nowMs += TTL_SECONDS * 1000;
    expect(await tokens.verify(token)).toBeNull();
  });

  it('are forgotten when the keys change', async () => {
    const tokens = openTokens();
    const token = await tokens.sign(claims);
    await tokens.verify(token);
    ring = ringWith('key-2');
    expect(await tokens.verify(token)).toBeNull();
  });

  it('are not remembered among other keys than those they were verified with', async () => {
    const tokens = openTokens();
    const token = await tokens.sign(claims);
    const inFlight = tokens.verify(token);
    ring = ringWith('key-2');
    const other = tokens.verify(await tokens.sign(claims)); // sees the new keys first, and forgets all
    await Promise.all([inFlight, other]);
    expect(await tokens.verify(token)).toBeNull();
  });

  it('are not mistaken for a token that differs in one character', async () => {
    const tokens = openTokens();
    const token = await tokens.sign(claims);
    await tokens.verify(token);
    expect(await tokens.verify(`${token.slice(0, -3)}AAA`)).toBeNull();
  });

  it('are remembered in bounded number: those that are used stay, the oldest of the others go', async () => {
    const tokens = openTokens();
    const unused = await tokens.sign(claims);
    const used = await tokens.sign(claims);
    await tokens.verify(unused);
    await tokens.verify(used);
    lookUps = 0;
    for (let count = 0; count < 10_000; count += 1) {
      await tokens.verify(await tokens.sign(claims));
      await tokens.verify(used);
    }
    expect(lookUps).toBe(10_000);
    await tokens.verify(unused);
    expect(lookUps).toBe(10_001);
  });
});
