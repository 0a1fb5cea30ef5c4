/** Whether an error of the operating system has one of these codes (`ENOENT`, …). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** The same for a failure inside a promise: what has one of these codes becomes null, anything else is thrown on. */
export async function nullOn<T>(codes: readonly string[], work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, ...codes)) return null;
    throw error;
  }
}
