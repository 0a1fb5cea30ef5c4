/** Why a run fails, as an exit code: a test can tell one reason from another. The first that applies counts. */
export const EXIT_CODES = {
  /** The script uses something of k6 that the stand-in does not provide, or that k6 does not have. */
  'not-provided': 14,
  /** Newer than ES2022: a real k6 may not parse it. */
  syntax: 15,
  /** Options that k6 refuses. */
  options: 13,
  /** The script threw, or used k6 in a way that k6 refuses. */
  script: 10,
  check: 11,
  threshold: 12,
} as const;

export type FailureKind = keyof typeof EXIT_CODES;

export interface Problem {
  readonly kind: FailureKind;
  readonly message: string;
}

/** Thrown by `Problems.refuse`, which has noted it already: catching it in a script changes nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Everything that is wrong with a run. */
export class Problems {
  readonly #found: Problem[] = [];

  get found(): readonly Problem[] {
    return this.#found;
  }

  note(kind: FailureKind, message: string): void {
    this.#found.push({ kind, message });
  }

  /** Notes it and ends what the script is doing. @throws Refusal always */
  refuse(kind: FailureKind, message: string): never {
    this.note(kind, message);
    throw new Refusal(message);
  }

  exitCode(): number {
    const kinds = Object.keys(EXIT_CODES) as FailureKind[];
    const worst = kinds.find((kind) => this.#found.some((problem) => problem.kind === kind));
    return worst === undefined ? 0 : EXIT_CODES[worst];
  }
}

/** An object whose unknown members end the run instead of being undefined. */
export function strict<T extends object>(problems: Problems, label: string, members: T): T {
  return new Proxy(members, {
    get(target, key) {
      // Asked for by JavaScript itself, of every object: by await and by JSON.stringify.
      if (typeof key === 'symbol' || key in target || key === 'then' || key === 'toJSON')
        return Reflect.get(target, key) as unknown;
      return problems.refuse('not-provided', `${label}.${key} is not provided by the stand-in`);
    },
  });
}
