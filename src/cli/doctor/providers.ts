import { systemClock } from '../../app.js';
import type { Config } from '../../config.js';
import { GOOGLE_ISSUER, providerSettings, type ProviderConfig } from '../../config/settings/providers.js';
import { createBoundedFetch } from '../../outbound/oidc/bounded-fetch.js';
import { readKeys } from '../../outbound/oidc/discovered.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'providers';

/** Whether each provider can be asked, has keys to judge its tokens by, and may vouch for its own addresses only. */
export function checkProviders({ providers }: Pick<Config, 'providers'>): Promise<Finding[]> {
  const fetch = createBoundedFetch(0, systemClock);
  return Promise.all(
    providers.map(async (provider) => {
      const { name, issuer } = provider;
      try {
        const count = await readKeys(provider, fetch);
        return judgeDomains(provider, `${name}: ${issuer} names ${count === 1 ? '1 key' : `${count} keys`}`);
      } catch (error) {
        const advice = `correct ${providerSettings(name).issuer.name}, as the provider spells it, or let this machine reach it`;
        return failed(CHECK, `${name}: ${issuer} cannot be used: ${reasonOf(error)}`, advice);
      }
    }),
  );
}

function judgeDomains({ name, issuer, emailDomains }: ProviderConfig, reached: string): Finding {
  if (emailDomains !== '*') {
    const domains = emailDomains.length === 0 ? 'no address' : `addresses of ${emailDomains.join(', ')}`;
    return ok(CHECK, `${reached}, and may vouch for ${domains}`);
  }
  if (issuer === GOOGLE_ISSUER) return ok(CHECK, `${reached}, and may vouch for addresses that it hosts`);
  return warning(
    CHECK,
    `${reached}, and may vouch for every address: whoever runs it can sign in as anybody who has no role`,
    `list the domains that are its own in ${providerSettings(name).emailDomains.name}`,
  );
}

/** The innermost says most: `fetch failed` is what its cause is about. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}
