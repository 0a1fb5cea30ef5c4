import type { Client } from 'pg';
import { readMigrations, schemaProblem } from '../../storage/migrations.js';
import { failed, ok, type Finding } from './finding.js';

const CHECK = 'migrations';

export async function checkMigrations(client: Client): Promise<Finding> {
  const migrations = await readMigrations(client);
  const problem = schemaProblem(migrations);
  if (problem === null) return ok(CHECK, `all ${migrations.length} applied, the last is ${migrations.at(-1)?.name}`);
  const [saw = '', advice = ''] = problem.split(': ');
  return failed(CHECK, saw, advice);
}
