import { join } from 'node:path';
import { inProject } from '../../tools/project.mjs';
import type { DatabaseServer } from '../database.ts';
import { repeat, type Conversation } from '../load/conversation.ts';
import { createSender } from '../load/send.ts';
import { graphql, PASSWORD } from './fluxgate-accounts.ts';
import { newSecret } from './fluxgate.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';

const APPLICATION = { 'x-parse-application-id': 'bench' };

const SIGN_UP = `mutation SignUp($input: SignUpInput!) { signUp(input: $input) {
  viewer { sessionToken user { objectId } } } }`;
const LOG_IN = `mutation LogIn($input: LogInInput!) { logIn(input: $input) {
  viewer { sessionToken user { objectId email } } } }`;
const VIEWER = 'query Viewer { viewer { sessionToken user { id objectId username email createdAt } } }';

export interface ParseServerLoad {
  readonly server: ServerProcess;
  logIn(): Conversation[];
  viewer(): Conversation[];
}

/** Parse Server with its GraphQL API, in a process of its own, with the same users as Fluxgate has. */
export async function startParseServer(database: DatabaseServer, connections: number): Promise<ParseServerLoad> {
  const server = await startServer({
    program: [inProject('bench/peers/parse-server.mjs')],
    port: await freePort(),
    readyPath: '/parse/health',
    logFile: join(database.folder, 'parse-server.log'),
    env: {
      NODE_ENV: 'production',
      PARSE_SERVER_LOGS_FOLDER: 'null', // read as it is loaded, before any option: else it makes a folder where we are
      DATABASE_URL: await database.create('bench_parse_server'),
      SECRET: newSecret(),
    },
  });
  const sender = createSender(server.url, connections);
  const users: { email: string; token: string }[] = [];
  for (let nth = 0; nth < connections; nth++) {
    const email = `user-${nth}@bench.example`;
    const fields = { username: email, email, password: PASSWORD };
    const { body } = await sender.send(graphql(SIGN_UP, { input: { fields } }, APPLICATION));
    const { data } = JSON.parse(body) as { data: { signUp: { viewer: { sessionToken: string } } } };
    users.push({ email, token: data.signUp.viewer.sessionToken });
  }
  return {
    server,
    logIn: () =>
      users.map(({ email }) =>
        repeat(graphql(LOG_IN, { input: { username: email, password: PASSWORD } }, APPLICATION), '"sessionToken":"'),
      ),
    viewer: () =>
      users.map(({ email, token }) =>
        repeat(graphql(VIEWER, {}, { ...APPLICATION, 'x-parse-session-token': token }), email),
      ),
  };
}
