import type { FastifyInstance } from 'fastify';
import { authConfig } from '../../../auth/queries.js';
import { accountPolicy } from '../../edge/content-security-policy.js';
import type { Edge } from '../../edge/edge.js';
import { withPolicy } from '../../edge/security-headers.js';
import { serveAssets } from '../assets.js';
import { readReturnTarget } from '../read-return-target.js';
import { accountPage } from './page.js';

/** The page to come back to: sign-in and sign-up, the sessions of who is signed in, sign-out. All of our own origin. */
export function accountRoutes(app: FastifyInstance, { deps, settings }: Edge): void {
  if (!settings.accountPage) return;
  const url = serveAssets(app, 'account');

  app.get('/account', withPolicy(accountPolicy), (request, reply) => {
    const returnTo = readReturnTarget(request.query, settings);
    return reply.type('text/html; charset=utf-8').send(accountPage(url, authConfig(deps), returnTo));
  });
}
