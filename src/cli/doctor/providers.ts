import { systemClock } from '../../app.js';
import type { Config } from '../../config.js';
import { createBoundedFetch } from '../../outbound/oidc/bounded-fetch.js';
import { readKeys } from '../../outbound/oidc/discovered.js';
import { failed, ok, type Finding } from './finding.js';

const CHECK = 'providers';

/** Whether each provider can be asked, and has keys to judge its tokens by. */
export function checkProviders({ providers }: Pick<Config, 'providers'>): Promise<Finding[]> {
  const fetch = createBoundedFetch(0, systemClock);
  return Promise.all(
    providers.map(async (provider) => {
      const { name, issuer } = provider;
      try {
        const count = await readKeys(provider, fetch);
        return ok(CHECK, `${name}: ${issuer} names ${count === 1 ? '1 key' : `${count} keys`}`);
      } catch (error) {
        const setting = `FLUXGATE_PROVIDER_${name.toUpperCase().replaceAll('-', '_')}_ISSUER`;
        const advice = `correct ${setting}, as the provider spells it, or let this machine reach it`;
        return failed(CHECK, `${name}: ${issuer} cannot be used: ${reasonOf(error)}`, advice);
      }
    }),
  );
}

/** The innermost says most: `fetch failed` is what its cause is about. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}
