import type { EntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import { within } from '../../storage/within.js';
import type { Unanswered } from './unanswered.js';
import { rotate, rotateTogether, type PresentedToken, type RotationRules, type Verdict } from './rotate.js';

/** So long the next statement waits for the one in the air; then it goes out beside it. */
const PATIENCE_MS = 100;
const MOST_TOGETHER = 100;

/** Presents a token as `rotate` does, for as many clients as there are at once. */
export type Rotate = (token: PresentedToken) => Promise<Verdict>;

interface Waiting {
  readonly token: PresentedToken;
  readonly answer: (verdict: Promise<Verdict>) => void;
}

/**
 * With one statement in the air at a time, tokens that come meanwhile share the next one, and with it a commit. What that
 * one leaves undecided is presented alone, as is a token that comes alone: a session that is held up, or has ended, holds
 * up nobody else.
 */
export function createRotator(em: EntityManager, rules: () => RotationRules, unanswered: Unanswered): Rotate {
  const waiting: Waiting[] = [];
  let sending = false;

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) await within(PATIENCE_MS, send(takeGroup(waiting))).catch(() => undefined);
    sending = false;
  }

  async function send(group: readonly Waiting[]): Promise<void> {
    const tokens = group.map(({ token }) => token);
    const sessionIds = tokens.map(({ sessionId }) => sessionId);
    const alone = (token: PresentedToken) => unanswered.watch([token.sessionId], () => rotate(em, token, rules()));
    const together = () => unanswered.watch(sessionIds, () => decideTogether(em, tokens, rules()));
    const decided = tokens.length === 1 ? Promise.resolve(NONE) : together();
    const verdicts = group.map(async ({ token }) => (await decided).get(token.sessionId) ?? alone(token));
    group.forEach(({ answer }, at) => answer(verdicts[at]!));
    await Promise.allSettled(verdicts);
  }

  return async (token) => {
    await unanswered.settle([token.sessionId]);
    return new Promise((answer) => {
      waiting.push({ token, answer });
      if (sending) return;
      sending = true;
      setImmediate(() => void sendAll()); // after the requests that have just arrived have been read
    });
  };
}

const NONE: ReadonlyMap<string, Verdict> = new Map();

/** Of each session one token, the first: the next must find what that one left. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  const group = new Map<string, Waiting>();
  const later: Waiting[] = [];
  for (const one of waiting.splice(0)) {
    const { sessionId } = one.token;
    if (group.has(sessionId) || group.size === MOST_TOGETHER) later.push(one);
    else group.set(sessionId, one);
  }
  waiting.push(...later);
  return [...group.values()];
}

async function decideTogether(
  em: EntityManager,
  tokens: readonly PresentedToken[],
  rules: RotationRules,
): Promise<ReadonlyMap<string, Verdict>> {
  try {
    return await rotateTogether(em, tokens, rules);
  } catch (error) {
    // One of them has a value that no column takes: the others are not to suffer for it.
    if (error instanceof pg.DatabaseError && error.code?.startsWith('22')) return NONE;
    throw error;
  }
}
