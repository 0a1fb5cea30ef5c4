import { isIPv6 } from 'node:net';
import { Command } from 'commander';
import { createApp } from '../app.js';
import type { Config } from '../config.js';
import { findPort } from './find-port.js';
import { examples } from './help.js';
import { openDatabase } from './open-database.js';
import { runCommand, type Given } from './run-command.js';
import { secretOf } from './secret.js';

export function serveCommand(): Command {
  return new Command('serve')
    .addHelpText(
      'after',
      examples('fluxgate serve', 'PORT=8080 FLUXGATE_PUBLIC_URL=https://auth.example.com fluxgate serve'),
    )
    .action(serve);
}

/** Starts the gateway and keeps it up until a signal drains it. @throws StartupError */
async function serve(): Promise<void> {
  await runCommand(start, 'stdout');
}

async function start({ config, log, shutdown }: Given): Promise<void> {
  // 1. Somewhere to listen, before anything is started that would have to be stopped again.
  const port = await findPort(config.host, config.port);
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;

  // 2. The secret, then the database that goes with it: one that is found without a secret has lost it.
  const secret = await secretOf(config, log);
  const databaseUrl = await openDatabase(config, log, shutdown);

  // 3. The gateway itself.
  const app = await createApp({ ...config, port }, { databaseUrl, secret, publicUrl }, log);
  shutdown.onRelease(() => app.close());
  await app.listen();
  announce(config, publicUrl, localUrl(config.host, port));
}

/**
 * Where to go next. Scripts wait for the first line, so it is printed as it is, whatever the log looks like, and names
 * where this process listens, not the proxy in front of it.
 */
function announce(config: Config, publicUrl: string, listeningAt: string): void {
  const lines = [
    `fluxgate ready ${listeningAt}`,
    `  GraphQL  ${publicUrl}/graphql`,
    ...(config.sandbox
      ? [`  Sandbox  ${publicUrl}/graphql in a browser (Apollo Sandbox; it loads from the Internet)`]
      : []),
    ...(config.explorer ? [`  Explorer ${publicUrl}/explorer`] : []),
    ...(config.accountPage ? [`  Account  ${publicUrl}/account`] : []),
    `  JWKS     ${publicUrl}/.well-known/jwks.json`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `localhost` for every address that it reaches. */
function localUrl(host: string, port: number): string {
  const name = /^(127\.[\d.]+|0\.0\.0\.0|::1?)$/.test(host) ? 'localhost' : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}
