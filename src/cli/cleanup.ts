import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { cleanUp, countRemovable, type CleanedUp } from '../auth/operator/clean-up.js';
import { StartupError } from '../errors.js';
import { PAUSE_MS } from '../jobs/scheduled-clean-up.js';
import { examples } from './help.js';
import { counted, say, type OutputOptions } from './output.js';
import { withDatabase } from './with-database.js';

interface CleanupOptions extends OutputOptions {
  readonly dryRun?: boolean;
}

export function cleanupCommand(): Command {
  return new Command('cleanup')
    .option('--dry-run', 'count what would be removed, and remove nothing')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples('fluxgate cleanup --dry-run', 'FLUXGATE_SESSION_RETENTION_DAYS=30 fluxgate cleanup --json'),
    )
    .action(removeEnded);
}

async function removeEnded({ dryRun = false, ...options }: CleanupOptions): Promise<void> {
  await withDatabase(async (em, { config, shutdown }) => {
    const pace = () => sleep(PAUSE_MS, true).then(() => !shutdown.started());
    const removed = dryRun ? await countRemovable({ em }, config) : await cleanUp({ em }, config, pace);
    if (removed === null) throw new StartupError('Another process is cleaning up at this moment: let it finish.');
    say(
      dryRun ? `${sentence(removed)} would be removed (dry run: nothing was).` : `Removed ${sentence(removed)}.`,
      { ...removed },
      options,
    );
  });
}

function sentence({ sessions, devices, importedTokens, proofs, events, keys }: CleanedUp): string {
  const first = [
    counted(sessions, 'session'),
    counted(devices, 'device'),
    counted(importedTokens, 'imported token'),
    counted(proofs, 'used proof'),
    counted(events, 'event'),
  ];
  return `${first.join(', ')} and ${counted(keys, 'key')}`;
}
