import { workerData } from 'node:worker_threads';
import type { HttpReply, HttpRequest, NetworkThread } from './network.ts';

const { port, answered } = workerData as NetworkThread;

port.on('message', (request: HttpRequest) => {
  void fetched(request).then((reply) => {
    port.postMessage(reply);
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
});

async function fetched({ url, method, headers, body, timeoutMs }: HttpRequest): Promise<HttpReply> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal });
    return {
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers],
      setCookies: response.headers.getSetCookie(),
      body: await response.text(),
      error: '',
    };
  } catch (error) {
    return { status: 0, statusText: '', headers: [], setCookies: [], body: '', error: reasonOf(error) };
  }
}

/** fetch says "fetch failed" and has the reason as its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
