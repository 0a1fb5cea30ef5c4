import { examineDatabase } from '../../src/cli/doctor/examine-database.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { readConfig } from '../../src/config.js';
import { deriveSecrets } from '../../src/domain/key-derivation.js';
import { startGateway, TEST_SECRET } from './gateway.js';
import { createTestDatabase, query } from './postgres.js';
import { createRoles, dropRoles, type Roles } from './roles-script.js';

/** A database that has been served from, to be broken and examined. */
export interface ExaminedDatabase extends Roles {
  readonly adminUrl: string;
  /** What doctor finds as the serving role with these settings. */
  findings(env?: Record<string, string>): Promise<Finding[]>;
  /** The one finding of a check. */
  finding(check: string, env?: Record<string, string>): Promise<Finding | undefined>;
  /** As an administrator. */
  admin(sql: string): Promise<unknown>;
  drop(): Promise<void>;
}

export async function createExaminedDatabase(): Promise<ExaminedDatabase> {
  const database = await createTestDatabase();
  const roles = await createRoles(database.url);
  await (await startGateway({ databaseUrl: roles.serverUrl })).close(); // makes the first keys

  async function findings(env: Record<string, string> = {}): Promise<Finding[]> {
    const config = readConfig({ DATABASE_URL: roles.serverUrl, FLUXGATE_SECRET: TEST_SECRET, ...env });
    const secrets = deriveSecrets(config.secret ?? '', config.secretPrevious);
    return examineDatabase({ url: config.databaseUrl ?? '', setting: 'DATABASE_URL' }, config, secrets);
  }
  return {
    ...roles,
    adminUrl: database.url,
    findings,
    finding: async (name, env) => (await findings(env)).find(({ check }) => check === name),
    admin: (sql) => query(database.url, sql),
    async drop() {
      await database.drop();
      await dropRoles(process.env['FLUXGATE_TEST_POSTGRES_URL'] ?? '', roles);
    },
  };
}
