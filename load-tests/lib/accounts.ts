import { fail } from 'k6';
import exec from 'k6/execution';
import { readCount } from './environment.ts';
import { signUp } from './operations.ts';
import { requireReady } from './target.ts';

/** More VUs than accounts share them; each VU has a session of its own. */
const ACCOUNTS = readCount('ACCOUNTS', 20);

/** What setup() hands to every VU. */
export interface Accounts {
  /** Tells the addresses of this run from those of every other. */
  readonly runId: string;
  readonly emails: readonly string[];
}

/** For setup(). Ends the run when the gateway is not ready or refuses a sign-up. */
export function createAccounts(): Accounts {
  requireReady();
  const runId = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const emails = Array.from({ length: ACCOUNTS }, (_, nth) => `load-${runId}-${nth}@example.test`);
  for (const email of emails) if (!signUp(email)) fail(`${email} could not be signed up; the run needs its accounts`);
  return { runId, emails };
}

/** The account that this VU uses. */
export function ownEmail({ emails }: Accounts): string {
  return emails[(exec.vu.idInTest - 1) % emails.length] ?? fail('setup() made no accounts');
}

/** An address that nobody has used: one for each iteration of each VU. */
export function unusedEmail({ runId }: Accounts): string {
  const { idInTest, iterationInScenario } = exec.vu;
  return `load-${runId}-${exec.scenario.name}-${idInTest}-${iterationInScenario}@example.test`;
}
