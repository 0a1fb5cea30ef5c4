import { createHashQueue, type HashQueue, type KnownCaller } from '../../src/domain/password/hash-queue.js';

const LIMIT = 8; // and two places for known devices
const FOREVER_MS = 1_000_000_000;
const SECONDS = 1000;

/** A queue before one thread, whose hashes end when the test says so, by a clock that the test moves on. */
function setUp({ waitLimitMs = FOREVER_MS } = {}) {
  let nowMs = 0;
  const queue = createHashQueue({ threads: 1, limit: LIMIT, waitLimitMs, nowMs: () => nowMs });
  const began: string[] = [];
  const running: (() => void)[] = [];
  const ask = (name: string, caller: KnownCaller | null = null) =>
    queue.run(caller, () => {
      began.push(name);
      return new Promise<string>((resolve) => running.push(() => resolve(name)));
    });
  async function finish(tookMs = 0): Promise<void> {
    nowMs += tookMs;
    running.shift()?.();
    await new Promise(setImmediate);
  }
  return { queue, began, ask, finish };
}

const knownBy = (account: string, address = account): KnownCaller => ({ account, address });
const refused = (retryAfterSeconds: number) => ({ code: 'UNAVAILABLE', facts: { retryAfterSeconds } });

/** So many that go unanswered, until the queue is forgotten. */
function fill(ask: ReturnType<typeof setUp>['ask'], count: number, caller: KnownCaller | null = null): void {
  for (let at = 0; at < count; at += 1) ask('stranger', caller).catch(() => undefined);
}

/** The thread has been started, and a hash takes so long. */
async function teach({ ask, finish }: ReturnType<typeof setUp>, tookMs: number): Promise<void> {
  for (const ms of [60_000, tookMs]) {
    void ask('earlier');
    await finish(ms);
  }
}

describe('the queue before the hash threads', () => {
  it('refuses at once whoever finds no place, and says so', async () => {
    const { queue, ask } = setUp();
    fill(ask, 1 + LIMIT);
    await expect(ask('late')).rejects.toMatchObject(refused(1));
    expect(queue.pending()).toBe(1 + LIMIT);
    expect(queue.refusals()).toEqual({ full: 1, slow: 0, late: 0 });
  });

  it('refuses at once what the thread would not come to in time, and says when it is worth to come back', async () => {
    const given = setUp({ waitLimitMs: 5 * SECONDS });
    await teach(given, 2 * SECONDS);
    fill(given.ask, 3); // one has the thread; the others will wait for 2 s and 4 s
    await expect(given.ask('fourth')).rejects.toMatchObject(refused(1));
    expect(given.queue.refusals()).toEqual({ full: 0, slow: 1, late: 0 });

    await given.finish(2 * SECONDS);
    fill(given.ask, 1);
    expect(given.queue.pending()).toBe(3);
  });

  it('knows nothing of how long a hash takes from the one that started the thread', async () => {
    const given = setUp({ waitLimitMs: 5 * SECONDS });
    void given.ask('first');
    await given.finish(60 * SECONDS);
    fill(given.ask, 1 + LIMIT);
    expect(given.queue.refusals()).toEqual({ full: 0, slow: 0, late: 0 });
  });

  it('refuses when its time is over what the thread has not come to, though it had looked so', async () => {
    const { queue, ask, began, finish } = setUp({ waitLimitMs: 20 });
    const first = ask('first');
    await expect(ask('second')).rejects.toMatchObject(refused(1));
    expect(queue.refusals()).toEqual({ full: 0, slow: 0, late: 1 });
    expect(queue.pending()).toBe(1);

    await finish();
    expect(await first).toBe('first');
    expect([began, queue.pending()]).toEqual([['first'], 0]);
  });

  it('goes on after a hash that has failed', async () => {
    const { queue, ask, finish } = setUp();
    const failed = queue.run(null, () => Promise.reject(new Error('a thread')));
    const next = ask('next');
    await expect(failed).rejects.toThrow('a thread');
    await finish();
    expect(await next).toBe('next');
    expect(queue.pending()).toBe(0);
  });
});

describe('a known device', () => {
  it('finds a place where strangers have taken all of theirs, and waits for no more than one of them', async () => {
    const { ask, began, finish } = setUp();
    fill(ask, 1 + LIMIT);
    void ask('known', knownBy('ann'));
    await finish();
    await finish();
    expect(began.slice(1)).toContain('known');
  });

  it('is refused for slowness only by those before it in its own line, and as many others', async () => {
    const given = setUp({ waitLimitMs: 5 * SECONDS });
    await teach(given, SECONDS);
    fill(given.ask, 6);
    await expect(given.ask('stranger')).rejects.toMatchObject(refused(1));
    fill(given.ask, 1, knownBy('ann'));
    fill(given.ask, 1, knownBy('bob'));
    expect(given.queue.refusals()).toEqual({ full: 0, slow: 1, late: 0 });
  });

  it('leaves half of the threads’ time to strangers', async () => {
    const { ask, began, finish } = setUp();
    fill(ask, 1);
    for (const name of ['ann', 'bob']) void ask(name, knownBy(name));
    for (const name of ['x', 'y']) void ask(name);
    for (let at = 0; at < 4; at += 1) await finish();
    expect(began.slice(1)).toEqual(['ann', 'x', 'bob', 'y']);
  });

  it.each<[string, (at: number) => KnownCaller, number]>([
    ['one account', (at) => knownBy('ann', `192.0.2.${at}`), 2],
    ['one address', (at) => knownBy(`user ${at}`, '192.0.2.1'), 4],
  ])('takes no more of those places for %s than its share', async (_, caller, share) => {
    const queue: HashQueue = createHashQueue({ threads: 1, limit: 100, waitLimitMs: FOREVER_MS });
    const order: number[] = [];
    const hash = (at: number) => () => Promise.resolve(void order.push(at));
    const asked = [queue.run(null, hash(-1))];
    for (let at = 0; at < 20; at += 1) asked.push(queue.run(null, hash(100 + at)));
    for (let at = 0; at < 10; at += 1) asked.push(queue.run(caller(at), hash(at)));
    await Promise.all(asked);
    const beforeTheStrangers = order.slice(0, order.indexOf(119)).filter((at) => at >= 0 && at < 100);
    expect(beforeTheStrangers).toHaveLength(share);
  });
});
