import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { root } from '../../tools/project.mjs';
import type { DatabaseServer } from '../database.ts';
import { freePort, startServer, type ServerProcess } from './server-process.ts';

export interface FluxgateOptions {
  readonly databaseUrl: string;
  /** For the log. */
  readonly name: string;
  /** The same for every gateway on one database. */
  readonly secret?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** A free one unless given. */
  readonly port?: number;
  /** The project that is started, built; ours unless told. */
  readonly project?: string;
}

/** Long enough for the longest run: what is measured is a valid token, not a renewed one. */
const ACCESS_TTL_SECONDS = 86_400;

/** As built and as in production, one worker, every line logged to a file; limits out of the way, and nothing else. */
export async function startFluxgate(
  server: Pick<DatabaseServer, 'folder'>,
  options: FluxgateOptions,
): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  return startServer({
    program: [join(options.project ?? root, 'bin/fluxgate.mjs')],
    nodeOptions: options.nodeOptions ?? [],
    port,
    readyPath: '/readyz',
    logFile: join(server.folder, `${options.name}.log`),
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      DATABASE_URL: options.databaseUrl,
      FLUXGATE_SECRET: options.secret ?? newSecret(),
      FLUXGATE_PUBLIC_URL: `http://localhost:${port}`,
      FLUXGATE_LOG_LEVEL: 'info',
      FLUXGATE_RATE_LIMIT_SCALE: '1000000',
      FLUXGATE_SESSION_LIMIT: '1000', // a measurement signs in on one account again and again
      FLUXGATE_ACCESS_TTL: String(ACCESS_TTL_SECONDS),
      ...options.env,
    },
  });
}

export function newSecret(): string {
  return randomBytes(32).toString('base64');
}
