import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { answerNotFound } from './errors.js';

const IMMUTABLE_SECONDS = 365 * 86_400;
/** Balances the time of one compression (0.2 s for the largest) against the size of every transfer. */
const BROTLI_QUALITY = 5;
const HASH_CHARACTERS = 16;
/** The build's note where the map lies, which is not served. */
const SOURCE_MAP = /\n\/\/# sourceMappingURL=.*\s*$/;

type Encoding = 'br' | 'gzip' | 'identity';

export interface Asset {
  /** With a hash of its content, so that what a browser has cached under it is never out of date. */
  readonly fileName: string;
  readonly contentType: string;
  /** Compressed at the first call, off the main thread, and kept. */
  encoded(encoding: Encoding): Promise<Buffer>;
}

/** A script of our own that runs in a page. @param url of the module, beside whoever asks */
export async function loadScript(name: string, url: URL): Promise<Asset> {
  return createScript(name, (await readFile(url, 'utf8')).replace(SOURCE_MAP, ''));
}

export function createScript(name: string, content: string): Asset {
  return createAsset(name, 'js', 'text/javascript; charset=utf-8', content);
}

export function createStyles(name: string, content: string): Asset {
  return createAsset(name, 'css', 'text/css; charset=utf-8', content);
}

/** Serves what a page loads, for good: a file's name changes with its content. */
export function assetRoute(
  app: FastifyInstance,
  path: string,
  find: (fileName: string) => Promise<Asset | undefined>,
): void {
  app.get<{ Params: { fileName: string } }>(`${path}/:fileName`, async (request, reply) => {
    const asset = await find(request.params.fileName);
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

function createAsset(name: string, extension: string, contentType: string, content: string): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_CHARACTERS);
  const kept = new Map<Encoding, Promise<Buffer>>();
  return {
    fileName: `${name}-${hash}.${extension}`,
    contentType,
    encoded(encoding) {
      const encoded = kept.get(encoding) ?? encode(content, encoding);
      if (encoding !== 'identity') kept.set(encoding, encoded);
      return encoded;
    },
  };
}

async function encode(content: string, encoding: Encoding): Promise<Buffer> {
  const bytes = Buffer.from(content);
  if (encoding === 'gzip') return promisify(gzip)(bytes);
  if (encoding === 'br') {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    return promisify(brotliCompress)(bytes, { params });
  }
  return bytes;
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
