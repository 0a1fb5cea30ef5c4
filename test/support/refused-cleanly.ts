/** What would tell of the inside: a stack frame, a file of ours or of a package, a class of error. */
const INSIDE = /\n\s+at |node_modules|file:\/\/|\/(dist|src)\/|\.[cm]?[jt]s:\d|TypeError|DriverException|stacktrace/;

export interface Refused {
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/**
 * Reads an answer that must be a refusal: the client's mistake by its status, in the shape that GraphQL clients read,
 * and with nothing of the inside.
 */
export function refusedCleanly(status: number, body: string): Refused {
  expect(body).not.toMatch(INSIDE);
  expect([status, body]).toEqual([expect.any(Number), expect.stringContaining('"errors"')]);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  const refused = JSON.parse(body) as Refused;
  expect(refused.errors.length).toBeGreaterThan(0);
  for (const { extensions } of refused.errors) expect(extensions.code).not.toBe('INTERNAL');
  return refused;
}
