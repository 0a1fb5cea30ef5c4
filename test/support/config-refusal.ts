import { readConfig } from '../../src/config.js';
import { StartupError } from '../../src/errors.js';

/** What the gateway says instead of starting with these variables. Fails when it would start. */
export function refusalOf(env: Record<string, string>): StartupError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The same as one sentence a problem. */
export function problemsOf(env: Record<string, string>): string[] {
  return refusalOf(env).message.split('\n');
}
