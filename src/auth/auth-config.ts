import { PASSWORD_MIN_CHARACTERS } from '../domain/password/password.js';
import type { Deps } from './deps.js';

export interface AuthConfig {
  readonly signupEnabled: boolean;
  /** Characters. */
  readonly passwordMinLength: number;
  /** Their names, as in /auth/NAME/start. */
  readonly providers: readonly string[];
}

/** What a sign-in form needs to know before anyone is signed in. */
export function authConfig(deps: Pick<Deps, 'settings' | 'providers'>): AuthConfig {
  return {
    signupEnabled: deps.settings.signupOpen,
    passwordMinLength: PASSWORD_MIN_CHARACTERS,
    providers: deps.providers.names,
  };
}
