import type { Conversation } from '../load/conversation.ts';
import type { Sender } from '../load/send.ts';
import { refreshRequest } from './fluxgate-accounts.ts';

interface Refreshed {
  readonly outcome?: string;
  readonly refreshToken?: string;
}

/**
 * A client that holds one session: each refresh presents the token that the one before it gave. Its answers must be
 * ROTATED; after a connection that was cut, and only there, the answer that was lost may be REPLAYED.
 */
export class RotatingSession implements Conversation {
  #refreshToken: string;
  #answerMayBeLost = false;
  #lastRefresh = Promise.resolve();

  constructor(refreshToken: string) {
    this.#refreshToken = refreshToken;
  }

  next() {
    this.#answerMayBeLost = true;
    return refreshRequest(this.#refreshToken);
  }

  answered(status: number, body: string): void {
    this.#take(status, body, ['ROTATED']);
  }

  /** Where the last answer has not arrived, asks for it again. @throws Error when the session was lost. */
  async settle(sender: Sender): Promise<void> {
    if (!this.#answerMayBeLost) return;
    const { status, body } = await sender.send(refreshRequest(this.#refreshToken));
    this.#take(status, body, ['ROTATED', 'REPLAYED']);
  }

  /** One at a time: it waits for the answer to the one before, whose token it presents. */
  refresh(sender: Sender): Promise<void> {
    this.#lastRefresh = this.#lastRefresh.then(async () => {
      const { status, body } = await sender.send(this.next());
      this.answered(status, body);
    });
    return this.#lastRefresh;
  }

  #take(status: number, body: string, accepted: readonly string[]): void {
    const { data } = JSON.parse(body) as { data?: { refresh?: Refreshed } };
    const { outcome, refreshToken } = data?.refresh ?? {};
    if (!outcome || !refreshToken || !accepted.includes(outcome))
      throw new Error(`a session was lost: ${status} ${body}`);
    this.#refreshToken = refreshToken;
    this.#answerMayBeLost = false;
  }
}
