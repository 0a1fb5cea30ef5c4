import { setTimeout as sleep } from 'node:timers/promises';
import type { Sender } from '../../bench/load/send.ts';
import type { Attempt } from '../history.ts';
import { pauseMs } from './back-off.ts';
import { ask, readRefresh, readSignedIn, requests, type SignedIn } from './talk.ts';

/** Holds one session and refreshes it again and again, at whichever gateway answers; signs in again when it is told to. */
export class Holder {
  readonly email: string;
  readonly #gateways: readonly Sender[];
  readonly #record: (attempt: Attempt) => void;
  #gateway: number;
  #held: SignedIn;
  #failures = 0;
  /** When tokens were last received. */
  receivedMs = -Infinity;

  constructor(
    email: string,
    held: SignedIn,
    gateways: readonly Sender[],
    record: (attempt: Attempt) => void,
    first: number,
  ) {
    this.email = email;
    this.#held = held;
    this.#gateways = gateways;
    this.#record = record;
    this.#gateway = first;
  }

  get sessionId(): string {
    return this.#held.sessionId;
  }

  /** Until it is told to stop: what it has asked by then, it hears. */
  async run(stop: AbortSignal, thinkMs: () => number): Promise<void> {
    while (!stop.aborted) {
      const waitMs = (await this.#refresh(stop)) ?? thinkMs();
      await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** @returns how long to wait; null: as long as it likes. */
  async #refresh(stop: AbortSignal): Promise<number | null> {
    const { sessionId, refreshToken: sent } = this.#held;
    const startedMs = performance.now();
    const answer = readRefresh(await ask(this.#next(), requests.refresh(sent)));
    const endedMs = performance.now();
    this.#record({ sessionId, sent, startedMs, endedMs, answer });
    switch (answer.kind) {
      case 'tokens':
        this.#held = { ...this.#held, refreshToken: answer.received };
        this.receivedMs = endedMs;
        this.#failures = 0;
        return null;
      case 'refused':
        if (answer.code === 'STALE_REFRESH_TOKEN') return this.#failed(null);
        await this.#signIn(stop);
        return null;
      case 'busy':
        return this.#failed(answer.retryAfterSeconds);
      case 'none':
        return this.#failed(null);
    }
  }

  async #signIn(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const reply = await ask(this.#next(), requests.login(this.email));
      const signedIn = readSignedIn(reply);
      if (signedIn) {
        this.#held = signedIn;
        this.receivedMs = performance.now();
        return;
      }
      await sleep(this.#failed(reply?.retryAfterSeconds ?? null), undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** One after the other, as a balancer would. */
  #next(): Sender {
    this.#gateway = (this.#gateway + 1) % this.#gateways.length;
    return this.#gateways[this.#gateway]!;
  }

  #failed(retryAfterSeconds: number | null): number {
    this.#failures += 1;
    return pauseMs(this.#failures, retryAfterSeconds);
  }
}
