import { EventEmitter, once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';

/** Clients that ask one question after the other, each on one connection to a gateway, which it keeps alive. */
export interface Traffic {
  /** So many more have been answered; by one of the gateways where it is named. */
  answers(more: number, by?: string): Promise<void>;
  /** @returns what went wrong, a line each: nothing, where no request was lost. */
  stop(): Promise<string[]>;
}

const REFRESH = `mutation ($token: String!) { refresh(input: { refreshToken: $token }) {
  __typename ... on RefreshPayload { refreshToken outcome } ... on Error { code } } }`;

interface Refreshed {
  readonly data: {
    readonly refresh: { readonly __typename: string; readonly refreshToken: string; readonly outcome: string };
  };
}

/** No connection was to be had, or it was cut before anything was answered. */
class NotAnswered extends Error {}

/**
 * Refreshes each of these sessions again and again, with the token of the answer before, at one gateway after the other,
 * and asks the next where one has not answered. A request is lost that nobody answers; and so is one that is answered with
 * a replay, because the gateway that did not answer had accepted it.
 */
export function startTraffic(urls: readonly string[], refreshTokens: readonly string[]): Traffic {
  const lost: string[] = [];
  const answered = new Map(urls.map((url) => [url, 0]));
  const total = (by?: string) =>
    [...answered].reduce((sum, [url, some]) => ((by ?? url) === url ? sum + some : sum), 0);
  const progress = new EventEmitter().setMaxListeners(0);
  let stopping = false;

  async function refreshAnywhere(
    agent: Agent,
    [url = '', ...others]: readonly string[],
    token: string,
  ): Promise<string> {
    try {
      const { data } = await post(agent, url, { query: REFRESH, variables: { token } });
      if (data.refresh.outcome !== 'ROTATED') throw new Error(JSON.stringify(data));
      answered.set(url, (answered.get(url) ?? 0) + 1);
      return data.refresh.refreshToken;
    } catch (error) {
      if (!(error instanceof NotAnswered) || others.length === 0) throw error;
      return refreshAnywhere(agent, others, token);
    }
  }

  async function converse(first: string): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let token = first;
    for (let turn = 0; !stopping && lost.length === 0; turn += 1) {
      const at = turn % urls.length;
      try {
        token = await refreshAnywhere(agent, [...urls.slice(at), ...urls.slice(0, at)], token);
      } catch (error) {
        lost.push(String(error));
      }
      progress.emit('turn');
    }
    agent.destroy();
  }

  const conversations = refreshTokens.map(converse);
  return {
    async answers(more, by) {
      const wanted = total(by) + more;
      while (total(by) < wanted && lost.length === 0) await once(progress, 'turn');
    },
    async stop() {
      stopping = true;
      await Promise.all(conversations);
      return lost;
    },
  };
}

/** @throws NotAnswered */
async function post(agent: Agent, url: string, question: object): Promise<Refreshed> {
  const body = JSON.stringify(question);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const sent = request(`${url}/graphql`, { agent, method: 'POST', headers });
  sent.end(body);
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return (await json(answer)) as Refreshed;
  } catch (error) {
    const { code = '' } = error as { readonly code?: string };
    throw ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code) ? new NotAnswered(String(error)) : error;
  }
}
