import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

const WRONG = 'sturdy-otter-battery-8';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '100', FLUXGATE_HASH_THREADS: '1' } });
});
afterAll(() => gateway.close());

it('26: a sign-in works as hard for an address that nobody has, or that is disabled, as for a known one', async () => {
  const known = await signUp(gateway);
  const disabled = await signUp(gateway);
  await gateway.sql(`update users set status = 'disabled' where id = $1`, [disabled.user.id]);

  const real = await leastProcessorMs(() => logIn(gateway, { email: known.user.email, password: WRONG }));
  const unknown = await leastProcessorMs(() => logIn(gateway, { email: freshEmail(), password: PASSWORD }));
  const closed = await leastProcessorMs(() => logIn(gateway, { email: disabled.user.email, password: PASSWORD }));
  const unread = await leastProcessorMs(() => logIn(gateway, { email: 'not an address', password: PASSWORD }));

  // The hash is most of it: one that is skipped would show, and one that is made twice.
  const hash = real - unread;
  for (const other of [unknown, closed]) {
    expect(other - unread).toBeGreaterThan(hash / 2);
    expect(other - unread).toBeLessThan(hash * 2);
  }
});

/** Of the whole process, the hashing thread included; the least of a few runs, others being disturbed. */
async function leastProcessorMs(work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 8; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
