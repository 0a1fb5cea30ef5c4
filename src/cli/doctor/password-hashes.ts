import type { Client } from 'pg';
import { hashWork, isCostlyHash, isTooCostlyHash } from '../../domain/password/stored-hash.js';
import { counted } from '../output.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'password hashes';

/** What stands before a hash's salt. */
interface Costs {
  readonly costs: string;
  readonly accounts: number;
}

/** Imported hashes that cost a sign-in, or a guess, more than ten times what ours do; and how many are imported at all. */
export async function checkPasswordHashes(client: Client): Promise<Finding> {
  const found = await readCosts(client);
  const dear = found.filter(({ costs }) => hashWork(costs) > 1);
  const costly = found.filter(({ costs }) => isCostlyHash(costs));
  if (costly.length === 0) {
    const saw =
      dear.length === 0 ? 'none takes longer to check than ours' : `${accountsOf(dear)} longer to check than ours`;
    return ok(CHECK, saw);
  }
  const beyond = costly.filter(({ costs }) => isTooCostlyHash(costs));
  const more = beyond.length === 0 ? '' : `, ${accountsOf(beyond)} longer than what is imported now`;
  return warning(
    CHECK,
    `${accountsOf(costly)} more than ten times as long to check as ours${more}: the dearest is ${dearest(costly)}`,
    'a sign-in replaces it; who never signs in can be given a password with `fluxgate users set-password`',
  );
}

function accountsOf(found: readonly Costs[]): string {
  const accounts = found.reduce((sum, { accounts }) => sum + accounts, 0);
  return `${counted(accounts, 'account')} with a hash that takes`;
}

function dearest(found: readonly Costs[]): string {
  return found.toSorted((a, b) => hashWork(b.costs) - hashWork(a.costs))[0]?.costs ?? '';
}

/** One pass over the accounts: the salt and what follows it stay in the database. */
async function readCosts(client: Client): Promise<Costs[]> {
  const { rows } = await client.query<Costs>(
    String.raw`SELECT substring(password_hash FROM '^(?:\$2[a-z]?\$\d\d\$|\$argon2[a-z]*\$v=\d+\$[a-z0-9=,]+\$)') AS costs,
                      count(*)::integer AS accounts
               FROM users WHERE password_hash ~ '^\$(?:2|argon2)' GROUP BY 1`,
  );
  return rows.filter(({ costs }) => costs !== null);
}
