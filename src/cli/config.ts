import { Command } from 'commander';
import { settingsInForce } from '../config.js';
import { show, type OutputOptions } from './output.js';

export function configCommand(): Command {
  return new Command('config')
    .description('every setting: what it is and where it comes from; secrets are masked')
    .option('--json', 'as JSON')
    .action((options: OutputOptions) =>
      show(
        settingsInForce().map((setting) => ({ ...setting })),
        options,
      ),
    );
}
