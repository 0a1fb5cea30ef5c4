import { listIdentities } from '../domain/provider/identity.js';
import type { Identity } from '../storage/entities/identity.js';
import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

export type { Identity };

/** The providers that the viewer can sign in with, oldest first. */
export function identities(deps: Pick<Deps, 'em'>, viewer: Viewer): Promise<Identity[]> {
  return listIdentities(deps.em, viewer.userId);
}
