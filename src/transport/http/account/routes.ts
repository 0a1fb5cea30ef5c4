import type { FastifyInstance } from 'fastify';
import { authConfig } from '../../../auth/queries.js';
import { accountPolicy } from '../../edge/content-security-policy.js';
import type { Edge } from '../../edge/edge.js';
import { withPolicy } from '../../edge/security-headers.js';
import { assetRoute, createStyles, loadScript } from '../assets.js';
import { readReturnTarget } from '../read-return-target.js';
import { accountPage, ASSETS_PATH, type AccountAssets } from './page.js';
import { ACCOUNT_STYLES } from './styles.js';

/** The page to come back to: sign-in and sign-up, the sessions of who is signed in, sign-out. All of our own origin. */
export function accountRoutes(app: FastifyInstance, { deps, settings }: Edge): void {
  if (!settings.accountPage) return;
  let loaded: Promise<AccountAssets> | undefined;
  const assets = () => (loaded ??= loadAssets());

  app.get('/account', withPolicy(accountPolicy), async (request, reply) => {
    const returnTo = readReturnTarget(request.query, settings);
    return reply.type('text/html; charset=utf-8').send(accountPage(await assets(), authConfig(deps), returnTo));
  });

  assetRoute(app, ASSETS_PATH, async (fileName) => {
    const { script, styles } = await assets();
    return [script, styles].find((asset) => asset.fileName === fileName);
  });
}

async function loadAssets(): Promise<AccountAssets> {
  return {
    script: await loadScript('account', new URL('./browser/account.mjs', import.meta.url)),
    styles: createStyles('account', ACCOUNT_STYLES),
  };
}
