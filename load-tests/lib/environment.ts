/**
 * Every knob is an environment variable (`-e NAME=value`, or the environment that k6 is started in), so that one script
 * serves a laptop, CI and staging. A value that cannot be used stops the run before its first request.
 */
export function readText(name: string, fallback: string): string {
  return __ENV[name] || fallback;
}

/** Zero or more, fractions too. */
export function readNumber(name: string, fallback: number): number {
  const value = Number(readText(name, String(fallback)));
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name}=${__ENV[name]} is not a number of zero or more`);
  return value;
}

/** A whole number above zero. */
export function readCount(name: string, fallback: number): number {
  const value = readNumber(name, fallback);
  if (!Number.isInteger(value) || value === 0) throw new Error(`${name}=${__ENV[name]} is not a whole number above 0`);
  return value;
}

export function readChoice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
  const text = readText(name, fallback);
  const choice = choices.find((one) => one === text);
  if (choice === undefined) throw new Error(`${name}=${text} is none of ${choices.join(', ')}`);
  return choice;
}
