import { refreshRequest, signUpAll } from '../../bench/contenders/fluxgate-accounts.ts';
import { requireProof } from '../../bench/load/conversation.ts';
import { driveOpenLoop } from '../../bench/load/open-loop.ts';
import type { Sender } from '../../bench/load/send.ts';
import { percentile } from '../../bench/statistics.ts';

const SESSIONS = 12;
/** Each session once in 0.6 s: below its limit of two a second. */
const REFRESHES_PER_SECOND = 20;
const WARM_UP_SECONDS = 3;

/** Of half of the refreshes, of all but one in a hundred, and of all; in milliseconds. */
export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

export interface HonestClient {
  /** Tokens of accounts beside its own. */
  readonly otherAccessTokens: readonly string[];
  /** @throws Error when a refresh is refused: honest clients are served. */
  refresh(seconds: number): Promise<Latencies>;
}

/** Signed in before anything happens; then it refreshes at a fixed rate, as many browsers together would. */
export async function createHonestClient(sender: Sender, attackers: number): Promise<HonestClient> {
  const emails = Array.from({ length: SESSIONS + attackers }, (_, at) => `client-${at}@example.com`);
  const accounts = await signUpAll(sender, emails);
  const tokens = accounts.slice(0, SESSIONS).map(({ refreshToken }) => refreshToken);
  let next = 0;

  async function refreshOne(): Promise<void> {
    const at = next++ % SESSIONS;
    const { status, body } = await sender.send(refreshRequest(tokens[at] ?? ''));
    requireProof(status, body, '"RefreshPayload"');
    tokens[at] = /"refreshToken":"([^"]+)"/.exec(body)?.[1] ?? '';
  }
  return {
    otherAccessTokens: accounts.slice(SESSIONS).map(({ accessToken }) => accessToken),
    async refresh(seconds) {
      const load = { arrivalsPerSecond: REFRESHES_PER_SECOND, warmUpSeconds: WARM_UP_SECONDS, measureSeconds: seconds };
      const allMs = await driveOpenLoop({ ...load, arrive: refreshOne });
      return { p50Ms: percentile(allMs, 50), p99Ms: percentile(allMs, 99), longestMs: Math.max(...allMs) };
    },
  };
}
