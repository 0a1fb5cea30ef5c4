import { randomBytes } from 'node:crypto';
import { EncryptJWT } from 'jose';
import { beginLogin, isState, openLogin, sealLogin } from '../../src/domain/provider/browser-login.js';

const [key, otherKey] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
const NOW = new Date('2026-01-01T12:00:00Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const login = beginLogin({
  provider: 'acme',
  returnTo: 'https://app.example/',
  fromAccountPage: false,
  refreshCookie: null,
});

describe('a sign-in that a browser keeps', () => {
  it('is never the same twice', () => {
    const another = beginLogin(login);
    for (const name of ['state', 'nonce', 'codeVerifier'] as const) {
      expect(isState(another[name])).toBe(true); // 32 bytes, base64url
      expect(another[name]).not.toBe(login[name]);
    }
  });

  it('is read by the key that sealed it, also once there is a newer one', async () => {
    const sealed = await sealLogin(key, login, NOW);
    expect(await openLogin([key], sealed, login.state, after(599))).toEqual(login);
    expect(await openLogin([otherKey, key], sealed, login.state, NOW)).toEqual(login);
    expect(sealed.length).toBeLessThan(900);
  });

  it('fits into a cookie with the longest return target and a refresh token', async () => {
    const long = { ...login, returnTo: `https://${'a'.repeat(1016)}`, refreshCookie: 'r'.repeat(150) };
    const sealed = await sealLogin(key, long, NOW);
    expect(sealed.length).toBeLessThan(3_900); // 4096 with name and attributes (RFC 6265 §6.1)
    expect(await openLogin([key], sealed, login.state, NOW)).toEqual(long);
  });

  it.each<[string, (sealed: string) => Promise<unknown>]>([
    ['ten minutes later', (sealed) => openLogin([key], sealed, login.state, after(600))],
    ['with another key', (sealed) => openLogin([otherKey], sealed, login.state, NOW)],
    ['for another state', (sealed) => openLogin([key], sealed, 'another', NOW)],
    ['changed', (sealed) => openLogin([key], `${sealed.slice(0, -2)}AA`, login.state, NOW)],
    ['cut', (sealed) => openLogin([key], sealed.slice(0, 40), login.state, NOW)],
    ['empty', () => openLogin([key], '', login.state, NOW)],
  ])('is not read %s', async (_, open) => {
    expect(await open(await sealLogin(key, login, NOW))).toBeNull();
  });

  it('is not read when it was encrypted in another way, or never expires', async () => {
    const payload = { login: { ...login } };
    const expiring = new EncryptJWT(payload).setExpirationTime(after(60));
    const wrapped = await expiring.setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM' }).encrypt(key);
    const eternal = await new EncryptJWT(payload).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
    for (const sealed of [wrapped, eternal]) expect(await openLogin([key], sealed, login.state, NOW)).toBeNull();
  });
});
