import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createApp } from '../../src/app.js';
import { readConfig, type Environment } from '../../src/config.js';
import { createLogger } from '../../src/log.js';
import { createTestDatabase, query } from './postgres.js';

/** At least 32 bytes that look random; for tests only. */
export const TEST_SECRET = 'vJ3kX9qLr7Wm2ZsTf5Yh8BnCd1GpEu4A';
export const PASSWORD = 'sturdy-otter-battery-9';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T;
  readonly errors: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[] | undefined;
}

export interface Gateway {
  readonly url: string;
  readonly databaseUrl: string;
  /** Everything that was logged, a JSON line each. */
  readonly logLines: readonly string[];
  /** One GraphQL operation over HTTP. */
  gql<T = Record<string, unknown>>(
    document: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  /** One SQL statement on its database. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Ends the gateway and drops its database. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** As in the process's environment; what is not named has its default. */
  readonly env?: Environment;
  /** Another gateway's database: then it is not dropped at the end. */
  readonly databaseUrl?: string;
  /** This machine's unless given. */
  readonly clock?: () => Date;
}

/** A gateway in this process, on a free port and a real database of its own. */
export async function startGateway({ env = {}, databaseUrl, clock }: GatewayOptions = {}): Promise<Gateway> {
  const database = databaseUrl === undefined ? await createTestDatabase() : null;
  const config = readConfig({
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATABASE_URL: databaseUrl ?? database?.url,
    FLUXGATE_SECRET: TEST_SECRET,
    FLUXGATE_CLEANUP_INTERVAL: '0', // where a test moves time, nothing goes meanwhile
    ...env,
  });
  const logLines: string[] = [];
  const log = createLogger({ level: 'info', pretty: false, destination: { write: (line) => logLines.push(line) } });
  const url = `http://127.0.0.1:${config.port}`;
  const resolved = {
    databaseUrl: config.databaseUrl ?? '',
    secret: config.secret ?? '',
    publicUrl: config.publicUrl ?? url,
  };
  const app = await createApp(config, resolved, log, clock);
  await app.listen();

  return {
    url,
    databaseUrl: resolved.databaseUrl,
    logLines,
    gql: (document, variables, headers) => postGraphql(url, document, variables, headers),
    sql: (text, values = []) => query(resolved.databaseUrl, text, values),
    async close() {
      await app.close();
      await database?.drop();
    },
  };
}

export async function postGraphql<T>(
  url: string,
  document: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: document, variables }),
  });
  const body = (await response.json()) as Pick<Answer<T>, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, data: body.data, errors: body.errors };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** The `Authorization` header of an access token. */
export function bearer(accessToken: string): { authorization: string } {
  return { authorization: `Bearer ${accessToken}` };
}
