import autocannon from 'autocannon';
import type { Conversation, HttpRequest } from './conversation.ts';

export interface ClosedLoop {
  /** Origin of the server. */
  readonly url: string;
  /** One a connection. Each sends its next request as soon as it is answered. */
  readonly conversations: readonly Conversation[];
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
}

const SAMPLE_MS = 50;

/**
 * Drives a server as fast as it answers and counts right answers after the warm-up, on the same connections.
 *
 * @returns answers a second.
 * @throws Error when any answer was wrong: a rate with failures in it means nothing.
 */
export async function driveClosedLoop(load: ClosedLoop): Promise<number> {
  const startMs = performance.now() + load.warmUpSeconds * 1000;
  let endMs = startMs + load.measureSeconds * 1000;
  let answers = 0;
  const failures: unknown[] = [];
  const waiting = [...load.conversations];

  const tracker = autocannon({
    url: load.url,
    connections: load.conversations.length,
    duration: load.warmUpSeconds + load.measureSeconds,
    sampleInt: SAMPLE_MS,
    setupClient(client) {
      const conversation = waiting.pop();
      if (!conversation) throw new Error('there are more connections than conversations');
      let request: HttpRequest | null = null;
      client.setRequests([
        {
          setupRequest(defaults) {
            const next = conversation.next();
            if (!next) endMs = Math.min(endMs, performance.now());
            request = next ?? request;
            return { ...defaults, ...request };
          },
          onResponse(status, body) {
            const nowMs = performance.now();
            if (nowMs >= endMs) tracker.stop();
            try {
              conversation.answered(status, body);
              if (nowMs >= startMs && nowMs < endMs) answers += 1;
            } catch (error) {
              failures.push(error);
            }
          },
        },
      ]);
    },
  });
  const { errors, timeouts } = await tracker;
  if (failures.length > 0) throw new Error(`${failures.length} wrong answers`, { cause: failures[0] });
  if (errors + timeouts > 0) throw new Error(`${errors} connections failed, ${timeouts} answers never came`);
  if (endMs <= startMs) throw new Error('the conversations ended during the warm-up');
  if (answers === 0) throw new Error('nothing was answered in the time measured: measure longer');
  return answers / ((endMs - startMs) / 1000);
}
