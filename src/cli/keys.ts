import { Command } from 'commander';
import { listKeys, prune, replace, rewrap, rotate, type RotationOutcome } from '../auth/operator/keys.js';
import { deriveSecrets } from '../domain/key-derivation.js';
import { StartupError } from '../errors.js';
import { examples } from './help.js';
import { counted, say, show, type OutputOptions } from './output.js';
import type { Given } from './run-command.js';
import { secretOf } from './secret.js';
import { withDatabase } from './with-database.js';

const NOT_ROTATED: Record<Exclude<RotationOutcome, 'rotated'>, string> = {
  'too early':
    'The next key was published less than 6 minutes ago and verifiers may not know it: wait, or use --force.',
  unreadable:
    'FLUXGATE_SECRET does not open the keys: use the secret of the gateways, or name it in FLUXGATE_SECRET_PREVIOUS.',
  'no keys': 'There are no keys yet: the first gateway to start makes them.',
};

export function keysCommand(): Command {
  const keys = new Command('keys');
  keys
    .command('list')
    .description('all keys, oldest first')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate keys list'))
    .action(list);
  keys
    .command('rotate')
    .description('sign with the next key from now on; the last one verifies until its tokens have expired')
    .option('--force', 'even if the next key was published a moment ago, so that verifiers may not know it yet')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate keys rotate', 'fluxgate keys rotate --force'))
    .action(rotateKeys);
  keys
    .command('replace')
    .description('make all keys anew and trust none of those there were: when one, or the secret, has leaked')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate keys replace'))
    .action(replaceAllKeys);
  keys
    .command('prune')
    .description('remove keys whose tokens have all expired')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate keys prune'))
    .action(pruneKeys);
  keys
    .command('rewrap')
    .description('encrypt the keys with FLUXGATE_SECRET; afterwards FLUXGATE_SECRET_PREVIOUS is needed for tokens only')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('FLUXGATE_SECRET_FILE=new FLUXGATE_SECRET_PREVIOUS_FILE=old fluxgate keys rewrap'))
    .action(rewrapKeys);
  return keys;
}

async function list(options: OutputOptions): Promise<void> {
  await withDatabase(async (em) =>
    show(
      (await listKeys({ em })).map(({ kid, algorithm, state, createdAt, retiresAt }) => ({
        ...{ kid, algorithm, state, createdAt, retiresAt },
      })),
      options,
    ),
  );
}

async function rotateKeys({ force = false, ...options }: OutputOptions & { readonly force?: boolean }): Promise<void> {
  await withDatabase(async (em, given) => {
    const { signingAlgorithm: algorithm, accessTtlSeconds } = given.config;
    const outcome = await rotate({ em }, await secretsOf(given), { algorithm, accessTtlSeconds, force });
    if (outcome !== 'rotated') throw new StartupError(NOT_ROTATED[outcome]);
    say('Rotated: the next key signs from now on; gateways follow within 15 s.', { rotated: true }, options);
  });
}

async function replaceAllKeys(options: OutputOptions): Promise<void> {
  await withDatabase(async (em, given) => {
    const outcome = await replace({ em }, await secretsOf(given), given.config.signingAlgorithm);
    if (outcome !== 'replaced') throw new StartupError(NOT_ROTATED[outcome]);
    say(
      'Replaced: no token of before verifies, here within 15 s; clients refresh, and nobody is signed out.',
      { replaced: true },
      options,
    );
  });
}

async function pruneKeys(options: OutputOptions): Promise<void> {
  await withDatabase(async (em) => {
    const removed = await prune({ em });
    say(
      removed.length === 0 ? 'There was nothing to remove.' : `Removed: ${removed.join(', ')}.`,
      { removed },
      options,
    );
  });
}

async function rewrapKeys(options: OutputOptions): Promise<void> {
  await withDatabase(async (em, given) => {
    const { rewrapped, unreadable } = await rewrap({ em }, await secretsOf(given));
    if (unreadable.length > 0)
      throw new StartupError(
        `No secret that was given opens ${unreadable.join(', ')}: name it in FLUXGATE_SECRET_PREVIOUS.`,
      );
    say(`${counted(rewrapped, 'key')} encrypted anew, with the secret in use.`, { rewrapped }, options);
  });
}

async function secretsOf({ config, log }: Given) {
  return deriveSecrets(await secretOf(config, log), config.secretPrevious);
}
