import cluster from 'node:cluster';
import { readConfig, type Config, type Environment, type Purpose } from '../config.js';
import { createLogger, linesTo, type Logger } from '../log.js';
import { createShutdown, type Shutdown } from './shutdown.js';

/** What every command is given. */
export interface Given {
  readonly config: Config;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

/**
 * Reads the settings, runs a command, and lets go of what it took when it fails or a signal ends it.
 *
 * @param logTo standard output is for what a command answers, and scripts read it: the log goes there only where it is
 *   all that there is.
 * @param overrides settings that the command was given in the place of the environment's.
 */
export async function runCommand(
  command: (given: Given) => Promise<void>,
  logTo: 'stdout' | 'stderr' = 'stderr',
  purpose: Purpose = 'serve',
  overrides: Environment = {},
): Promise<void> {
  const config = readConfig(undefined, purpose, overrides);
  const { fd, isTTY } = process[logTo];
  const log = createLogger({ level: config.logLevel, pretty: isTTY, destination: linesTo(fd) });
  if (cluster.isPrimary) for (const warning of config.warnings) log.warn(warning);

  const shutdown = createShutdown(log);
  try {
    await command({ config, log, shutdown });
  } catch (error) {
    if (shutdown.started()) return; // a signal came first, and took away what this was using
    await shutdown.release();
    throw error;
  }
}
