import type { Client } from 'pg';
import { systemClock } from '../../app.js';
import type { Config } from '../../config.js';
import type { KeySecrets } from '../../domain/signing-keys/store.js';
import { StartupError } from '../../errors.js';
import { connectionOptions, onConnection, type DatabaseAddress } from '../../storage/connection.js';
import { databaseProblem } from '../../storage/database-problem.js';
import { openOrm } from '../../storage/orm.js';
import { checkAddresses } from './addresses.js';
import { checkClock } from './clock.js';
import { checkConnections } from './connections.js';
import { checkOtherUrl, checkServer, identityOf } from './database.js';
import { failed, refused, type Finding } from './finding.js';
import { checkKeys } from './keys.js';
import { checkMigrations } from './migrations.js';
import { checkPasswordHashes } from './password-hashes.js';
import { checkPrivileges } from './privileges.js';
import { checkTimeouts } from './time-outs.js';
import { checkTls } from './tls.js';

type Found = Finding | Finding[];
type Check = readonly [name: string, look: () => Found | Promise<Found>];

/**
 * Everything about the database, over a connection like those of a gateway.
 *
 * @param secrets null where they cannot be used: then the keys are not examined.
 * @throws StartupError when the database cannot be reached.
 */
export async function examineDatabase(
  address: DatabaseAddress,
  config: Config,
  secrets: KeySecrets | null,
): Promise<Finding[]> {
  return onConnection(address, connectionOptions(address.url, config), async (client) => {
    const findings: Finding[] = [];
    for (const [name, look] of checksOf(client, address, config, secrets)) {
      try {
        findings.push(...[await look()].flat());
      } catch (error) {
        if (error instanceof StartupError) findings.push(refused(name, error));
        else
          findings.push(failed(name, `not to be told: ${databaseProblem(error, address)}`, 'see to the others first'));
      }
    }
    return findings;
  });
}

function checksOf(
  client: Client,
  address: DatabaseAddress,
  config: Config,
  secrets: KeySecrets | null,
): readonly Check[] {
  const isEmbedded = config.databaseUrl === null;
  const isPooled = config.databaseDirectUrl !== null;
  return [
    ['database', () => checkServer(client, isPooled)],
    ['database TLS', () => checkTls(client)],
    ['privileges', () => checkPrivileges(client, isEmbedded)],
    ['migrations', () => checkMigrations(client)],
    ['time-outs', () => checkTimeouts(client)],
    ['clock', () => checkClock(client, systemClock)],
    ['client addresses', () => checkAddresses(client, config)],
    ['connections', () => (isPooled ? [] : checkConnections(client, config))],
    ...otherAddresses(config).map((other): Check => [
      other.setting,
      async () => checkOtherUrl(other, config, await identityOf(client)),
    ]),
    ['password hashes', () => checkPasswordHashes(client)],
    ['signing keys', () => (secrets === null ? [] : examineKeys(address, config, secrets))],
  ];
}

function otherAddresses({ databaseDirectUrl, migrationDatabaseUrl }: Config): DatabaseAddress[] {
  return [
    ...(databaseDirectUrl === null ? [] : [{ url: databaseDirectUrl, setting: 'DATABASE_DIRECT_URL' } as const]),
    ...(migrationDatabaseUrl === null
      ? []
      : [{ url: migrationDatabaseUrl, setting: 'FLUXGATE_MIGRATION_DATABASE_URL' } as const]),
  ];
}

async function examineKeys({ url }: DatabaseAddress, config: Config, secrets: KeySecrets): Promise<Finding[]> {
  const orm = await openOrm(url, config);
  try {
    return await checkKeys(orm.em.fork(), secrets, systemClock);
  } finally {
    await orm.close(true);
  }
}
