import { createUpstreamTokens, type UpstreamClaims } from '../../src/domain/upstream-token.js';

const CLAIMS: UpstreamClaims = { userId: 'u', sessionId: 's', roles: ['staff'] };
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const LATER_MS = START_MS + 3_600_000;

function setUp() {
  const clock = { ms: START_MS };
  const lives: number[] = [];
  const sign = (_claims: UpstreamClaims, lifeSeconds: number) => Promise.resolve(`token ${lives.push(lifeSeconds)}`);
  return { clock, lives, tokens: createUpstreamTokens(sign, () => new Date(clock.ms)) };
}

describe('an upstream token', () => {
  it('is signed once in half its life', async () => {
    const { clock, lives, tokens } = setUp();
    for (const afterSeconds of [0, 10, 29]) {
      clock.ms = START_MS + afterSeconds * 1000;
      expect(await tokens.tokenFor(CLAIMS, LATER_MS)).toBe('token 1');
    }
    clock.ms = START_MS + 30_000;
    expect(await tokens.tokenFor(CLAIMS, LATER_MS)).toBe('token 2');
    expect(lives).toEqual([60, 60]);
  });

  it.each([
    ['another session', { ...CLAIMS, sessionId: 't' }, LATER_MS],
    ['other roles', { ...CLAIMS, roles: [] }, LATER_MS],
    ['another access token', CLAIMS, LATER_MS + 1000],
  ])('is not the one of %s', async (_, claims, untilMs) => {
    const { tokens } = setUp();
    await tokens.tokenFor(CLAIMS, LATER_MS);
    expect(await tokens.tokenFor(claims, untilMs)).toBe('token 2');
  });

  it('does not outlive the access token, and is not kept where that ends soon', async () => {
    const { lives, tokens } = setUp();
    await tokens.tokenFor(CLAIMS, START_MS + 20_000);
    await tokens.tokenFor(CLAIMS, START_MS + 20_000);
    await tokens.tokenFor(CLAIMS, START_MS + 45_500);
    expect(lives).toEqual([20, 20, 45]);
  });
});
