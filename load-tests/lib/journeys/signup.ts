import { check } from 'k6';
import { unusedEmail, type Accounts } from '../accounts.ts';
import { readNumber } from '../environment.ts';
import { signUp } from '../operations.ts';
import type { Journey } from '../plan.ts';

/** Bound by the CPU: each costs a password hash. */
export const SIGNUP: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('SIGNUPS_PER_SECOND', 5),
  p95Ms: { signup: readNumber('SIGNUP_P95_MS', 600) },
};

/** Somebody new opens an account and is signed in by the same answer. */
export function signup(accounts: Accounts): void {
  const email = unusedEmail(accounts);
  const signedIn = signUp(email);
  if (signedIn) check(signedIn, { 'signup: is the address that was given': ({ user }) => user.email === email });
}
