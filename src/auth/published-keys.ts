import type { JSONWebKeySet } from 'jose';
import type { Deps } from './deps.js';

/** The public halves of the signing keys (RFC 7517 §5). */
export function publishedKeys(deps: Pick<Deps, 'keyRing'>): JSONWebKeySet {
  return deps.keyRing().jwks;
}

/** Authorization-server metadata (RFC 8414 §2): what a service needs to verify our tokens. */
export function serverMetadata(deps: Pick<Deps, 'settings'>): Record<string, unknown> {
  const { issuer } = deps.settings;
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    // Sign-in and refresh are GraphQL operations, not OAuth flows: no flow is offered, so no endpoint is named.
    response_types_supported: [],
    grant_types_supported: [],
    service_documentation: `${issuer}/graphql`,
  };
}
