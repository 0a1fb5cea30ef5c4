import type { FastifyInstance } from 'fastify';
import { explorerPolicy } from '../../edge/content-security-policy.js';
import type { Edge } from '../../edge/edge.js';
import { withPolicy } from '../../edge/security-headers.js';
import { assetRoute, type Asset } from '../assets.js';
import { loadExplorerAssets, type ExplorerAssets } from './assets.js';
import { ASSETS_PATH, explorerPage } from './page.js';

interface Explorer {
  readonly page: string;
  readonly assets: ReadonlyMap<string, Asset>;
}

/**
 * GraphiQL at /explorer, from our own origin alone. Nothing of it is loaded before somebody asks. The page itself is
 * never stored, so that the back button finds no access token in it; its assets are, for good.
 */
export function explorerRoutes(app: FastifyInstance, { settings }: Edge): void {
  if (!settings.explorer) return;
  let explorer: Promise<Explorer> | undefined;
  const opened = () => (explorer ??= loadExplorerAssets().then(openExplorer));

  app.get('/explorer', withPolicy(explorerPolicy), async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send((await opened()).page),
  );

  assetRoute(app, ASSETS_PATH, async (fileName) => (await opened()).assets.get(fileName));
}

function openExplorer(loaded: ExplorerAssets): Explorer {
  const all = [loaded.graphiql, loaded.styles, loaded.page, ...Object.values(loaded.workers)];
  return { page: explorerPage(loaded), assets: new Map(all.map((asset) => [asset.fileName, asset])) };
}
