import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Balances the time of one compression (0.2 s for the largest) against the size of every transfer. */
const BROTLI_QUALITY = 5;
const HASH_CHARACTERS = 16;
/** The build's note where the map lies, which is not served. */
const SOURCE_MAP = /\n\/\/# sourceMappingURL=.*\s*$/;

export type Encoding = 'br' | 'gzip' | 'identity';

export interface Asset {
  /** With a hash of its content, so that what a browser has cached under it is never out of date. */
  readonly fileName: string;
  readonly contentType: string;
  /** Compressed at the first call, off the main thread, and kept. */
  encoded(encoding: Encoding): Promise<Buffer>;
}

export interface ExplorerAssets {
  readonly graphiql: Asset;
  readonly styles: Asset;
  readonly page: Asset;
  /** By the label under which the editor asks for them. */
  readonly workers: { readonly editorWorkerService: Asset; readonly json: Asset; readonly graphql: Asset };
}

/** GraphiQL whole, as its package holds it: 9 MB of text, so only for a server whose explorer is opened. */
export async function loadExplorerAssets(): Promise<ExplorerAssets> {
  const [bundle, page] = await Promise.all([
    import('@graphql-yoga/render-graphiql/graphiql'),
    readFile(new URL('./browser/page.mjs', import.meta.url), 'utf8'),
  ]);
  const script = (name: string, content: string) => createAsset(name, 'js', 'text/javascript; charset=utf-8', content);
  return {
    graphiql: script('graphiql', bundle.js),
    styles: createAsset('graphiql', 'css', 'text/css; charset=utf-8', bundle.css),
    page: script('page', page.replace(SOURCE_MAP, '')),
    workers: {
      editorWorkerService: script('editor-worker', bundle.editorWorkerService),
      json: script('json-worker', bundle.jsonWorker),
      graphql: script('graphql-worker', bundle.graphqlWorker),
    },
  };
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
