import type { FastifyInstance } from 'fastify';
import { explorerPolicy } from '../content-security-policy.js';
import { answerNotFound } from '../errors.js';
import { withPolicy } from '../security-headers.js';
import type { TransportSettings } from '../../settings.js';
import { loadExplorerAssets, type Asset, type Encoding, type ExplorerAssets } from './assets.js';
import { ASSETS_PATH, explorerPage } from './page.js';

const IMMUTABLE_SECONDS = 365 * 86_400;

interface Explorer {
  readonly page: string;
  readonly assets: ReadonlyMap<string, Asset>;
}

/**
 * GraphiQL at /explorer, from our own origin alone. Nothing of it is loaded before somebody asks. The page itself is
 * never stored, so that the back button finds no access token in it; its assets are, for good.
 */
export function explorerRoutes(app: FastifyInstance, settings: TransportSettings): void {
  if (!settings.explorer) return;
  let explorer: Promise<Explorer> | undefined;
  const opened = () => (explorer ??= loadExplorerAssets().then(openExplorer));

  app.get('/explorer', withPolicy(explorerPolicy), async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send((await opened()).page),
  );

  app.get<{ Params: { fileName: string } }>(`${ASSETS_PATH}/:fileName`, async (request, reply) => {
    const asset = (await opened()).assets.get(request.params.fileName);
    if (!asset) return answerNotFound(request, reply);

    const encoding = preferredEncoding(request.headers['accept-encoding']);
    const etag = `"${asset.fileName}-${encoding}"`;
    reply
      .header('cache-control', `public, max-age=${IMMUTABLE_SECONDS}, immutable`)
      .header('vary', 'Origin, Accept-Encoding')
      .header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.type(asset.contentType).send(await asset.encoded(encoding));
  });
}

function openExplorer(loaded: ExplorerAssets): Explorer {
  const all = [loaded.graphiql, loaded.styles, loaded.page, ...Object.values(loaded.workers)];
  return { page: explorerPage(loaded), assets: new Map(all.map((asset) => [asset.fileName, asset])) };
}

/** The smallest that the client takes (RFC 9110 §12.5.3); weights only tell what it refuses. */
function preferredEncoding(acceptEncoding = ''): Encoding {
  const taken = acceptEncoding
    .split(',')
    .map((choice) => choice.trim().toLowerCase())
    .filter((choice) => !/;\s*q=0(\.0*)?$/.test(choice))
    .map((choice) => choice.split(';', 1)[0]?.trim());
  return taken.includes('br') ? 'br' : taken.includes('gzip') ? 'gzip' : 'identity';
}
