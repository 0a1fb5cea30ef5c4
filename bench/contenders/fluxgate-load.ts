import { query } from '../database.ts';
import { repeat, requireProof, type Conversation } from '../load/conversation.ts';
import { createSender } from '../load/send.ts';
import {
  graphql,
  loginRequest,
  signInAll,
  signupRequest,
  signUpAll,
  verifyRequest,
  type Account,
} from './fluxgate-accounts.ts';
import { ME, REVOKE, SESSIONS } from './fluxgate-documents.ts';
import { RotatingSession } from './rotating-session.ts';
import type { ServerProcess } from './server-process.ts';

/** How many sessions a user has where sessions are listed. */
export const SESSIONS_A_USER = 5;

/** Arrivals of the open loop find a session that is not waiting for an answer. */
const LATENCY_SESSIONS = 64;

/** Users who end sessions that were made beforehand: each has few, as users do. */
const REVOKING_USERS = 64;

export interface FluxgateLoad {
  readonly accounts: readonly Account[];
  /** A client each: for refreshing, in either loop. */
  readonly rotating: readonly RotatingSession[];
  /**
   * Gets the answers again that rotating sessions missed when their connections ended. At once, because they are given
   * again for the length of the grace window only. @throws Error when a session was lost.
   */
  settle(): Promise<void>;
  login(): Conversation[];
  signup(): Conversation[];
  me(): Conversation[];
  sessions(): Conversation[];
  /** What a proxy asks for a page, by the access cookie, with tokens that have been seen before. */
  verify(): Conversation[];
  /** @param count sessions to make first, all of which can then be ended. */
  revoke(count: number): Promise<Conversation[]>;
}

/** Signs up everyone whom the measurements need, and tells what each connection says. */
export async function prepareFluxgateLoad(
  server: ServerProcess,
  databaseUrl: string,
  connections: number,
): Promise<FluxgateLoad> {
  const sender = createSender(server.url, connections);
  const accounts = await signUpAll(sender, emails('user', connections));
  const revoking = await signUpAll(sender, emails('revoking', REVOKING_USERS));
  const holders = await signUpAll(sender, emails('holder', LATENCY_SESSIONS));
  await signInAll(sender, accounts, SESSIONS_A_USER - 1);
  const signingIn = await signUpAll(sender, emails('signing-in', connections));

  const rotating = holders.map(({ refreshToken }) => new RotatingSession(refreshToken));
  let signups = 0;
  return {
    accounts,
    rotating,
    async settle() {
      await Promise.all(rotating.map((session) => session.settle(sender)));
    },
    login: () => signingIn.map(({ email }) => repeat(loginRequest(email), '"AuthPayload"')),
    signup: () =>
      accounts.map(() => ({
        next: () => signupRequest(`signup-${(signups += 1)}@bench.example`),
        answered: (status, body) => requireProof(status, body, '"AuthPayload"'),
      })),
    me: () => accounts.map((account) => repeat(graphql(ME, {}, bearer(account)), account.email)),
    sessions: () => accounts.map((account) => repeat(graphql(SESSIONS, {}, bearer(account)), '"ACTIVE"')),
    verify: () => accounts.map((account) => repeat(verifyRequest(account), '')),
    async revoke(count) {
      const perUser = Math.ceil(count / revoking.length);
      const made = await addSessions(databaseUrl, revoking, perUser);
      const byUser = new Map(revoking.map((account) => [account.userId, account]));
      return accounts.map(() => ({
        next() {
          const session = made.pop();
          const account = session && byUser.get(session.userId);
          return account ? graphql(REVOKE, { input: { sessionId: session.id } }, bearer(account)) : null;
        },
        answered: (status, body) => requireProof(status, body, '"REVOKED"'),
      }));
    },
  };
}

export function bearer({ accessToken }: Pick<Account, 'accessToken'>): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` };
}

function emails(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, nth) => `${name}-${nth}@bench.example`);
}

/** As a sign-in would have left them, without its password hash. In no order that an index could profit from. */
async function addSessions(
  databaseUrl: string,
  accounts: readonly Account[],
  perUser: number,
): Promise<{ id: string; userId: string }[]> {
  return query(
    databaseUrl,
    `INSERT INTO sessions (id, user_id, device_id, rotated_by, last_ip, idle_expires_at, absolute_expires_at)
     SELECT uuidv7(), d.user_id, d.id, 'Firefox', '127.0.0.1', now() + interval '7 days', now() + interval '30 days'
     FROM devices AS d, generate_series(1, $2::integer) WHERE d.user_id = ANY ($1::uuid[])
     ORDER BY random()
     RETURNING id, user_id AS "userId"`,
    [accounts.map(({ userId }) => userId), perUser],
  );
}
