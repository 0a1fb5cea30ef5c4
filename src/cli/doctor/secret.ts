import type { Config } from '../../config.js';
import { deriveSecrets, type Secrets } from '../../domain/key-derivation.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'secret';
const DAY_SECONDS = 86_400;

/**
 * Its strength is checked with the settings, and whether it opens the keys, with the keys.
 *
 * @throws StartupError when it cannot be told apart from the one before it.
 */
export function checkSecret(
  secret: string,
  { secretPrevious, refreshIdleTtlSeconds }: Pick<Config, 'secretPrevious' | 'refreshIdleTtlSeconds'>,
): { readonly secrets: Secrets; readonly finding: Finding } {
  const secrets = deriveSecrets(secret, secretPrevious);
  const length = `${Buffer.byteLength(secret)} bytes`;
  if (secretPrevious === null) return { secrets, finding: ok(CHECK, length) };
  if (secretPrevious === secret) {
    const saw = 'FLUXGATE_SECRET_PREVIOUS is FLUXGATE_SECRET itself';
    return { secrets, finding: warning(CHECK, saw, 'set it to the secret before this one, or remove it') };
  }
  const days = Math.ceil(refreshIdleTtlSeconds / DAY_SECONDS);
  const until = `${days === 1 ? '1 day' : `${days} days`} after the change every session has refreshed or ended`;
  return { secrets, finding: ok(CHECK, `${length}; the one before it is accepted too: remove it when ${until}`) };
}
