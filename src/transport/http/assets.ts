import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { negotiate } from '@fastify/accept-negotiator';
import send from '@fastify/send';
import type { FastifyInstance } from 'fastify';
import { answerNotFound } from './errors.js';

/** What tools/assets.mjs has written. Sources that run as they are, in tests, have none beside them: there it is dist's. */
const folder = extname(import.meta.url) === '.ts' ? '../../../dist/assets/' : '../../../assets/';

/** The smallest first: it is sent to whoever takes it, whatever else they would like better (RFC 9110 §12.5.3). */
const ENCODINGS = ['br', 'gzip'] as const;
const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css', '.js': 'text/javascript' };

/** The address of a file that a page loads: `graphiql.js`. */
export type AssetUrl = (name: string) => string;

/** Serves what a page loads, for good: a file's name changes with its content. */
export function serveAssets(app: FastifyInstance, page: 'account' | 'explorer'): AssetUrl {
  const root = fileURLToPath(new URL(`${folder}${page}`, import.meta.url));
  const fileNames = JSON.parse(readFileSync(join(root, 'files.json'), 'utf8')) as Record<string, string>;
  const url = (name: string) => `/${page}/assets/${fileNames[name]}`;

  for (const [name, fileName] of Object.entries(fileNames))
    app.get(url(name), async (request, reply) => {
      const accepted = request.headers['accept-encoding']?.toLowerCase() ?? '';
      const encoding = ENCODINGS.find((each) => negotiate(accepted, [each]) !== null);
      const sent = await send(request.raw, encoding ? `${fileName}.${encoding}` : fileName, {
        root,
        contentType: false, // it goes by the last extension
        maxAge: '365d',
        immutable: true,
      });
      if (sent.type !== 'file') return answerNotFound(request, reply); // a build has replaced it
      if (encoding) reply.header('content-encoding', encoding);
      return reply
        .code(sent.statusCode)
        .headers({ ...sent.headers, vary: 'Origin, Accept-Encoding' })
        .type(`${TYPES[extname(fileName)]}; charset=utf-8`)
        .send(sent.stream);
    });
  return url;
}
