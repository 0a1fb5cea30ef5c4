/** The fields of a JSON object. None at all when the body is something else, or was never received: then checks say so. */
export function fieldsOf<T extends object>(body: unknown): Partial<T> {
  try {
    return (JSON.parse(String(body)) ?? {}) as Partial<T>;
  } catch {
    return {};
  }
}
