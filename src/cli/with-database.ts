import type { EntityManager } from '@mikro-orm/postgresql';
import { isAuthError, StartupError } from '../errors.js';
import { openOrm } from '../storage/orm.js';
import { openDatabase } from './open-database.js';
import { refusal } from './refusal.js';
import { runCommand, type Given } from './run-command.js';

/** For a command that uses the database and ends. @throws StartupError whatever stops it: refused, or not to be done. */
export async function withDatabase(work: (em: EntityManager, given: Given) => Promise<void>): Promise<void> {
  await runCommand(async (given) => {
    const orm = await openOrm(await openDatabase(given.config, given.log, given.shutdown), given.config);
    given.shutdown.onRelease(() => orm.close(true));
    try {
      await work(orm.em.fork(), given);
    } catch (error) {
      if (error instanceof StartupError) throw error;
      if (isAuthError(error)) throw new StartupError(refusal(error), { cause: error });
      given.log.debug({ err: error }, 'the command failed');
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartupError(`It could not be done: ${reason}.`, { cause: error });
    }
    await given.shutdown.release();
  });
}
