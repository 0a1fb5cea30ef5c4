import type { Config } from '../config.js';
import type { Logger } from '../log.js';
import { databaseExists } from '../installation/embedded-postgres/data-folder.js';
import { readOrCreateSecret } from '../installation/secret-file.js';

/** The secret that was set, or the one in the data folder, made at the first start. @throws StartupError */
export async function secretOf({ secret, dataDir }: Config, log: Logger): Promise<string> {
  if (secret !== null) return secret;
  return readOrCreateSecret(dataDir, {
    databaseExists: await databaseExists(dataDir),
    onWarning: (sentence) => log.warn(sentence),
  });
}
