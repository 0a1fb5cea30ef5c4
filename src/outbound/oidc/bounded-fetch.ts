const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_REMEMBERED_FAILURES = 100;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * A fetch that reads no more than 256 KiB, and leaves an address alone for a while after it failed to answer a GET: a
 * provider that is down costs each sign-in nothing, not a time-out. The caller's signal says how long it may take.
 */
export function createBoundedFetch(restMs: number, clock: () => Date, plain: Fetch = fetch): Fetch {
  const failures = new Map<string, { readonly error: unknown; readonly untilMs: number }>();

  return async (url, init) => {
    const rests = init.method === undefined || init.method === 'GET';
    const failure = rests ? failures.get(url) : undefined;
    if (failure && clock().getTime() < failure.untilMs) throw failure.error;
    try {
      const answer = await readBounded(await plain(url, init));
      if (answer.status >= 500) throw new Error(`${new URL(url).host} answered ${answer.status}`);
      failures.delete(url);
      return answer;
    } catch (error) {
      if (failures.size >= MAX_REMEMBERED_FAILURES) failures.clear();
      if (rests) failures.set(url, { error, untilMs: clock().getTime() + restMs });
      throw error;
    }
  };
}

async function readBounded(response: Response): Promise<Response> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`${new URL(response.url).host} answered with more than 256 KiB`);
    parts.push(part);
  }
  const { status, statusText, headers } = response;
  const body = Buffer.concat(parts);
  return new Response(body.length === 0 ? null : body, { status, statusText, headers });
}
