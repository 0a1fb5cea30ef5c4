import { join } from 'node:path';
import { inProject } from '../../tools/project.mjs';
import { query, type DatabaseServer } from '../database.ts';
import { postJson, repeat, requireProof, type Conversation, type HttpRequest } from '../load/conversation.ts';
import { createSender } from '../load/send.ts';
import { BROWSER, PASSWORD } from './fluxgate-accounts.ts';
import { newSecret } from './fluxgate.ts';
import { SESSIONS_A_USER } from './fluxgate-load.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';

const REVOKING_USERS = 64;

export interface BetterAuthLoad {
  readonly server: ServerProcess;
  signIn(): Conversation[];
  getSession(): Conversation[];
  listSessions(): Conversation[];
  /** @param count sessions to make first, all of which can then be ended. */
  revokeSession(count: number): Promise<Conversation[]>;
}

interface PeerUser {
  readonly id: string;
  readonly cookie: string;
}

/** better-auth as its documentation sets it up, in a process of its own, with the same users as Fluxgate has. */
export async function startBetterAuth(database: DatabaseServer, connections: number): Promise<BetterAuthLoad> {
  const databaseUrl = await database.create('bench_better_auth');
  const server = await startServer({
    program: [inProject('bench/peers/better-auth.mjs')],
    port: await freePort(),
    readyPath: '/api/auth/ok',
    logFile: join(database.folder, 'better-auth.log'),
    env: { NODE_ENV: 'production', DATABASE_URL: databaseUrl, SECRET: newSecret() },
  });
  const headers = { ...BROWSER, origin: server.url };
  const post = (path: string, body: object, cookie?: string): HttpRequest =>
    postJson(`/api/auth/${path}`, body, cookie === undefined ? headers : { ...headers, cookie });
  const get = (path: string, cookie: string): HttpRequest => ({
    method: 'GET',
    path: `/api/auth/${path}`,
    headers: { ...headers, cookie },
  });

  const sender = createSender(server.url, connections);
  async function signUp(email: string): Promise<PeerUser> {
    const answer = await sender.send(post('sign-up/email', { email, password: PASSWORD, name: 'Bench' }));
    const { user } = JSON.parse(answer.body) as { user: { id: string } };
    const cookie = [answer.headers['set-cookie'] ?? []].flat().map((line) => line.split(';', 1)[0]);
    return { id: user.id, cookie: cookie.join('; ') };
  }
  const users: PeerUser[] = [];
  for (let nth = 0; nth < connections; nth++) users.push(await signUp(`user-${nth}@bench.example`));
  await addSessions(databaseUrl, users, SESSIONS_A_USER - 1);
  const revoking: PeerUser[] = [];
  for (let nth = 0; nth < REVOKING_USERS; nth++) revoking.push(await signUp(`revoking-${nth}@bench.example`));
  const signingIn = Array.from({ length: connections }, (_, nth) => `signing-in-${nth}@bench.example`);
  for (const email of signingIn) await signUp(email);

  return {
    server,
    signIn: () => signingIn.map((email) => repeat(post('sign-in/email', { email, password: PASSWORD }), '"token"')),
    getSession: () => users.map(({ cookie }) => repeat(get('get-session', cookie), '"user"')),
    listSessions: () => users.map(({ cookie }) => repeat(get('list-sessions', cookie), '"token"')),
    async revokeSession(count) {
      const made = await addSessions(databaseUrl, revoking, Math.ceil(count / revoking.length));
      const cookies = new Map(revoking.map(({ id, cookie }) => [id, cookie]));
      return users.map(() => ({
        next() {
          const session = made.pop();
          return session ? post('revoke-session', { token: session.token }, cookies.get(session.userId)) : null;
        },
        answered: (status, body) => requireProof(status, body, '"status":true'),
      }));
    },
  };
}

/** As a sign-in would have left them. */
async function addSessions(
  databaseUrl: string,
  users: readonly PeerUser[],
  perUser: number,
): Promise<{ token: string; userId: string }[]> {
  return query(
    databaseUrl,
    `INSERT INTO session (id, "userId", token, "expiresAt", "updatedAt", "ipAddress", "userAgent")
     SELECT left(md5(random()::text) || md5(random()::text), 32), u.id, left(md5(random()::text) || md5(random()::text), 32),
            now() + interval '7 days', now(), '127.0.0.1', $3
     FROM unnest($1::text[]) AS u(id), generate_series(1, $2::integer)
     ORDER BY random()
     RETURNING token, "userId"`,
    [users.map(({ id }) => id), perUser, BROWSER['user-agent']],
  );
}
