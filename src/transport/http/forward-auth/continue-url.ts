export const CONTINUE_PATH = '/auth/continue';

/** Where it tells people to sign in who have no session. */
export const ACCOUNT_PATH = '/account';

/** @param target one that was decided to be safe to return to; null: wherever people go without one. */
export function continueUrl(publicUrl: string, target: string | null, again = false): string {
  return withQuery(publicUrl + CONTINUE_PATH, { return_to: target, again: again ? '1' : null });
}

export function signInUrl(publicUrl: string, target: string | null): string {
  return withQuery(publicUrl + ACCOUNT_PATH, { return_to: target });
}

function withQuery(url: string, parameters: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null);
  const query = given.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&');
  return query === '' ? url : `${url}?${query}`;
}
