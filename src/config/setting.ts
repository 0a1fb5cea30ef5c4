import type { Parser } from './parsers.js';

export const ENVIRONMENTS = ['development', 'production', 'test'] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** One variable of the environment. Its name is part of the public contract. */
export interface Setting<T> {
  readonly name: string;
  readonly parse: Parser<T>;
  /** Its value when the variable is unset or empty. */
  readonly unset: (environment: EnvironmentName) => T;
  /** How the documentation writes the default, where the value does not say it. */
  readonly default?: string;
  readonly meaning: string;
  /** How a value is spelt in the variable, where `String` does not say it. */
  spell?(value: T): string;
  /** Its value is never repeated, not even in a complaint about it. */
  readonly isSecret?: true;
}

/** One row a value. */
export type SettingsOf<Values> = { readonly [K in keyof Values]: Setting<Values[K]> };
