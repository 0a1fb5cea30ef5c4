import type { FastifyInstance } from 'fastify';
import { explorerPolicy } from '../../edge/content-security-policy.js';
import type { Edge } from '../../edge/edge.js';
import { withPolicy } from '../../edge/security-headers.js';
import { serveAssets } from '../assets.js';
import { explorerPage } from './page.js';

/**
 * GraphiQL at /explorer, from our own origin alone. Nothing of it is loaded before somebody asks. The page itself is
 * never stored, so that the back button finds no access token in it; its assets are, for good.
 */
export function explorerRoutes(app: FastifyInstance, { settings }: Edge): void {
  if (!settings.explorer) return;
  const page = explorerPage(serveAssets(app, 'explorer'));
  app.get('/explorer', withPolicy(explorerPolicy), (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
}
