/** One request over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * What one connection says, request after request. It is told each answer before it is asked for the next request, so
 * it can go on from what it was given: a refresh token, for one.
 */
export interface Conversation {
  /** null: it has nothing left to say, and the measurement ends. */
  next(): HttpRequest | null;
  /** @throws Error when the answer is not the one that the operation succeeds with. */
  answered(status: number, body: string): void;
}

/** The same request again and again; an answer is right when it is 200 and holds `proof`. */
export function repeat(request: HttpRequest, proof: string): Conversation {
  return { next: () => request, answered: (status, body) => requireProof(status, body, proof) };
}

export function requireProof(status: number, body: string, proof: string): void {
  if (status !== 200 || !body.includes(proof)) throw new Error(`${status} without ${proof}: ${body.slice(0, 300)}`);
}

export function postJson(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpRequest {
  const contentType = { 'content-type': 'application/json' };
  return { method: 'POST', path, headers: { ...contentType, ...headers }, body: JSON.stringify(body) };
}
