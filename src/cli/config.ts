import { Command } from 'commander';
import { settingsInForce } from '../config.js';
import { examples } from './help.js';
import { show, type OutputOptions } from './output.js';
import { runCommand } from './run-command.js';

export function configCommand(): Command {
  return new Command('config')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate config', 'FLUXGATE_ACCESS_TTL=300 fluxgate config --json'))
    .action((options: OutputOptions) => runCommand(() => Promise.resolve(showSettings(options))));
}

function showSettings(options: OutputOptions): void {
  show(
    settingsInForce().map((setting) => ({ ...setting })),
    options,
  );
}
