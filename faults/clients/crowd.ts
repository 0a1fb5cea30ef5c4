import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSender, type Sender } from '../../bench/load/send.ts';
import { onRelease } from '../../bench/release.ts';
import { newHistory, type FaultTimes, type History } from '../history.ts';
import { Holder } from './holder.ts';
import { Revoker } from './revoker.ts';
import { ask, readSignedIn, requests, type SignedIn } from './talk.ts';

/** A second more than a client is ever promised to wait: an answer that comes later has not come. */
const LONGEST_ANSWER_MS = 15_000;
const SOCKETS = 1_000;
const SIGN_INS_AT_ONCE = 4;
/** After the fault: what has no tokens by then is stranded. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 100;

export interface CrowdOptions {
  /** Where to ask; several gateways, or what stands before them. */
  readonly urls: readonly string[];
  readonly holders: number;
  /** Between a holder's answer and its next question, on average. */
  readonly thinkMs: number;
}

/** Everybody who uses the gateways. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #gateways: readonly Sender[];
  #history: History = newHistory();
  #revoker: Revoker;
  #holders: readonly Holder[] = [];
  #victims: readonly SignedIn[] = [];
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  readonly #record = (attempt: History['attempts'][number]) => void this.#history.attempts.push(attempt);

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#gateways = options.urls.map((url) => createSender(url, SOCKETS, LONGEST_ANSWER_MS));
    this.#revoker = new Revoker(this.#gateways, this.#history);
    onRelease(async () => {
      this.#stop.abort();
      this.#gateways.forEach((gateway) => gateway.close());
      await this.#running;
    });
  }

  /** Signs everybody up, and `victims` of them in once more. */
  async gather(victims: number): Promise<void> {
    const { holders } = this.#options;
    const emails = Array.from({ length: holders }, () => `${randomUUID()}@faults.example`);
    if (this.#holders.length === 0)
      this.#holders = await inTurns(emails, async (email, at) => {
        const signedIn = await this.#enter(requests.signup(email), at);
        return new Holder(email, signedIn, this.#gateways, this.#record, at);
      });
    const hosts = this.#holders.slice(0, victims);
    this.#victims = await inTurns(hosts, ({ email }, at) => this.#enter(requests.login(email), at));
  }

  /** From now on everybody asks, and every so often a session is ended. */
  start(revokeEveryMs: number): void {
    this.#history = newHistory();
    this.#revoker = new Revoker(this.#gateways, this.#history);
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#running = Promise.all([
      ...this.#holders.map((holder) => holder.run(signal, this.#think)),
      this.#revoker.run(this.#victims, revokeEveryMs, signal),
    ]);
  }

  readonly #think = () => this.#options.thinkMs * (0.5 + Math.random());

  /** Somebody more, who holds what was given at the `at`th account. */
  join(signedIn: SignedIn, at: number): void {
    const { email } = this.#holders[at % this.#holders.length]!;
    const holder = new Holder(email, signedIn, this.#gateways, this.#record, at);
    this.#holders = [...this.#holders, holder];
    this.#running = Promise.all([this.#running, holder.run(this.#stop.signal, this.#think)]);
  }

  get history(): History {
    return this.#history;
  }

  /** One more sign-in, as a person would now. */
  async signIn(at: number): Promise<SignedIn> {
    const { email } = this.#holders[at % this.#holders.length]!;
    return this.#enter(requests.login(email), at);
  }

  async revoke(victim: SignedIn, at: number): Promise<void> {
    await this.#revoker.revoke(victim, at, this.#stop.signal);
  }

  /** Once everybody has been given tokens again, or has waited too long; then all of them stop. */
  async settle({ healedMs }: Pick<FaultTimes, 'healedMs'>): Promise<void> {
    const untilMs = performance.now() + PATIENCE_MS;
    const waiting = () => this.#holders.filter(({ receivedMs }) => receivedMs < healedMs);
    while (waiting().length > 0 && performance.now() < untilMs) await sleep(LOOK_EVERY_MS);
    this.#history.stranded.push(...waiting().map(({ sessionId }) => sessionId));
    this.#stop.abort();
    await this.#running;
    await this.#revoker.presentAll();
    this.#history.held.push(...this.#holders.map(({ sessionId }) => sessionId));
  }

  async #enter(request: Parameters<typeof ask>[1], at: number): Promise<SignedIn> {
    for (let tries = 1; ; tries++) {
      const reply = await ask(this.#gateways[(at + tries) % this.#gateways.length]!, request);
      const signedIn = readSignedIn(reply);
      if (signedIn) return signedIn;
      if (tries === 20) throw new Error(`nobody is let in: ${JSON.stringify(reply)}`);
      await sleep(500);
    }
  }
}

/** A few at a time, in order. */
async function inTurns<From, To>(all: readonly From[], work: (one: From, at: number) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (let at = 0; at < all.length; at += SIGN_INS_AT_ONCE) {
    const some = all.slice(at, at + SIGN_INS_AT_ONCE);
    done.push(...(await Promise.all(some.map((one, nth) => work(one, at + nth)))));
  }
  return done;
}
