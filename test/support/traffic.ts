import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** Clients that ask one question after the other, each on a connection that it keeps alive. */
export interface Traffic {
  /** So many more have been answered. */
  answers(more: number): Promise<void>;
  /** @returns what went wrong, a line each: nothing, where no request was lost. */
  stop(): Promise<string[]>;
}

const REFRESH = `mutation ($token: String!) { refresh(input: { refreshToken: $token }) {
  __typename ... on RefreshPayload { refreshToken } ... on Error { code } } }`;

interface Refreshed {
  readonly data: { readonly refresh: { readonly __typename: string; readonly refreshToken: string } };
}

/** Refreshes each of these sessions again and again, with the token of the answer before. */
export function startTraffic(url: string, refreshTokens: readonly string[]): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: refreshTokens.length });
  const lost: string[] = [];
  let answered = 0;
  let stopping = false;

  async function refresh(token: string): Promise<string> {
    const body = JSON.stringify({ query: REFRESH, variables: { token } });
    const sent = request(`${url}/graphql`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { data } = (await json(answer)) as Refreshed;
    if (data.refresh.__typename !== 'RefreshPayload') throw new Error(JSON.stringify(data));
    return data.refresh.refreshToken;
  }

  async function converse(first: string): Promise<void> {
    let token = first;
    while (!stopping) {
      try {
        token = await refresh(token);
        answered += 1;
      } catch (error) {
        lost.push(String(error));
        return;
      }
    }
  }

  const conversations = refreshTokens.map(converse);
  return {
    async answers(more) {
      const wanted = answered + more;
      while (answered < wanted && lost.length === 0) await new Promise(setImmediate);
    },
    async stop() {
      stopping = true;
      await Promise.all(conversations);
      agent.destroy();
      return lost;
    },
  };
}
