import type { AuthError } from '../errors.js';

/** What a use-case refused, as a sentence at the command line. */
export function refusal(error: AuthError): string {
  if (error.code === 'INVALID_INPUT')
    return error.facts.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  if (error.code === 'WEAK_PASSWORD') return error.facts.why;
  if (error.code === 'FORBIDDEN') return error.facts.why;
  if (error.code === 'NOT_FOUND') return error.facts.what;
  if (error.code === 'EMAIL_TAKEN') return 'This e-mail address has an account already.';
  return `Refused: ${error.code}.`;
}
