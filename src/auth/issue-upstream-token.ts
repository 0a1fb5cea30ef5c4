import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

/**
 * A token for the service behind a proxy that says who is asking, on the word of the access token that was presented.
 *
 * @returns null where no audience is configured for it.
 */
export async function issueUpstreamToken(deps: Pick<Deps, 'upstreamTokens'>, viewer: Viewer): Promise<string | null> {
  return deps.upstreamTokens?.tokenFor(viewer, viewer.tokenExpiresAt.getTime()) ?? null;
}
