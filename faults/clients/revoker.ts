import { setTimeout as sleep } from 'node:timers/promises';
import type { Sender } from '../../bench/load/send.ts';
import type { History } from '../history.ts';
import { pauseMs } from './back-off.ts';
import { ask, readRefresh, requests, type SignedIn } from './talk.ts';

/** Longer than any gateway may take to hear of it. */
const WATCH_MS = 12_000;
const WATCH_EVERY_MS = 100;

/** Ends sessions while the fault lasts, and tries afterwards what belonged to them, on every gateway. */
export class Revoker {
  readonly #gateways: readonly Sender[];
  readonly #history: History;
  readonly #revoked: SignedIn[] = [];

  constructor(gateways: readonly Sender[], history: History) {
    this.#gateways = gateways;
    this.#history = history;
  }

  /** One every so often, each until it is acknowledged. */
  async run(victims: readonly SignedIn[], everyMs: number, stop: AbortSignal): Promise<void> {
    const works: Promise<void>[] = [];
    for (const [at, victim] of victims.entries()) {
      if (stop.aborted) break;
      works.push(this.revoke(victim, at, stop));
      await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined);
    }
    await Promise.all(works);
  }

  /** @param first the gateway that is asked first. */
  async revoke(victim: SignedIn, first: number, stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted;) {
      const at = (first + failures) % this.#gateways.length;
      const reply = await ask(this.#gateways[at]!, requests.revoke(victim.refreshToken));
      if (reply?.field?.['__typename'] === 'RevokePayload') {
        this.#history.revocations.push({ sessionId: victim.sessionId, acknowledgedMs: performance.now() });
        this.#revoked.push(victim);
        const elsewhere = this.#gateways[(at + 1) % this.#gateways.length]!;
        return this.#watch(victim, elsewhere, stop);
      }
      failures += 1;
      const waitMs = pauseMs(failures, reply?.retryAfterSeconds ?? null);
      await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  /** Presents all of them once more, everywhere. */
  async presentAll(): Promise<void> {
    for (const victim of this.#revoked)
      for (const gateway of this.#gateways) {
        await this.#presentRefreshToken(victim, gateway);
        await this.#presentAccessToken(victim, gateway);
      }
  }

  /** Until the other gateway refuses it. */
  async #watch(victim: SignedIn, elsewhere: Sender, stop: AbortSignal): Promise<void> {
    await this.#presentRefreshToken(victim, elsewhere);
    for (const untilMs = performance.now() + WATCH_MS; performance.now() < untilMs && !stop.aborted;) {
      if (await this.#presentAccessToken(victim, elsewhere)) return;
      await sleep(WATCH_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  async #presentRefreshToken(victim: SignedIn, gateway: Sender): Promise<void> {
    const startedMs = performance.now();
    const answer = readRefresh(await ask(gateway, requests.refresh(victim.refreshToken)));
    const accepted = answer.kind === 'tokens';
    this.#history.probes.push({ sessionId: victim.sessionId, presented: 'refresh token', startedMs, accepted });
  }

  /** @returns whether it was refused, and not only unanswered. */
  async #presentAccessToken(victim: SignedIn, gateway: Sender): Promise<boolean> {
    const startedMs = performance.now();
    const reply = await ask(gateway, requests.me(victim.accessToken));
    const accepted = typeof reply?.field?.['id'] === 'string';
    this.#history.probes.push({ sessionId: victim.sessionId, presented: 'access token', startedMs, accepted });
    return reply?.errorCode === 'UNAUTHENTICATED';
  }
}
