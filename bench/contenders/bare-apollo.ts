import { join } from 'node:path';
import { inProject } from '../../tools/project.mjs';
import type { DatabaseServer } from '../database.ts';
import { repeat, type Conversation } from '../load/conversation.ts';
import { graphql } from './fluxgate-accounts.ts';
import { ME } from './fluxgate-documents.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';

export async function startBareApollo(server: DatabaseServer): Promise<ServerProcess> {
  return startServer({
    program: [inProject('bench/contenders/bare-apollo-server.ts')],
    port: await freePort(),
    readyPath: '/ready',
    logFile: join(server.folder, 'bare-apollo.log'),
    env: { NODE_ENV: 'production' },
  });
}

/** The same document with the same headers as Fluxgate gets. */
export function askBareApollo(bearerTokens: readonly string[]): Conversation[] {
  return bearerTokens.map((token) =>
    repeat(graphql(ME, {}, { authorization: `Bearer ${token}` }), 'user-0@bench.example'),
  );
}
