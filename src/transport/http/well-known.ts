import type { FastifyInstance } from 'fastify';
import { publishedKeys, serverMetadata } from '../../auth/published-keys.js';
import { readiness } from '../../auth/readiness.js';
import type { Edge } from '../edge/edge.js';

const KEY_SET_MAX_AGE_SECONDS = 300; // a new key is published long before it signs

/** What other services and operators ask for: keys, metadata, health. */
export function wellKnownRoutes(app: FastifyInstance, { deps }: Edge): void {
  const cacheable = `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`;

  app.get('/.well-known/jwks.json', (_request, reply) =>
    reply
      .header('cache-control', cacheable)
      .header('access-control-allow-origin', '*')
      .type('application/jwk-set+json')
      .send(JSON.stringify(publishedKeys(deps))),
  );

  app.get('/.well-known/oauth-authorization-server', (_request, reply) =>
    reply.header('cache-control', cacheable).header('access-control-allow-origin', '*').send(serverMetadata(deps)),
  );

  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const ready = await readiness(deps);
    const ok = ready.database && ready.revocations && !app.isDraining();
    return reply
      .code(ok ? 200 : 503)
      .send({ status: ok ? 'ready' : app.isDraining() ? 'draining' : 'not ready', ...ready });
  });
}
