import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import * as graphiql from '@graphql-yoga/render-graphiql/graphiql';
import { inProject } from './project.mjs';

/**
 * Writes what the pages load into OUT_DIR/assets, a folder a page: each file with a hash of its content in its name,
 * compressed beside it, and the names in files.json. A program of its own, because GraphiQL is 9 MB of text.
 *
 *     node tools/assets.mjs OUT_DIR
 */
const outDir = process.argv[2] ?? inProject('dist');

/** Balances the time of a build (0.3 s for the largest) against the size of every transfer. */
const brotliQuality = 5;
const hashCharacters = 16;

await writeAssets('account', {
  'account.css': await source('account/browser/account.css'),
  'account.js': await source('account/browser/account.mjs'),
});
const explorer = await writeAssets('explorer', {
  'graphiql.css': graphiql.css,
  'graphiql.js': graphiql.js,
  'page.js': await source('explorer/browser/page.mjs'),
  'editor-worker.js': graphiql.editorWorkerService,
  'json-worker.js': graphiql.jsonWorker,
  'graphql-worker.js': graphiql.graphqlWorker,
});
const license = new URL('LICENSE', import.meta.resolve('@graphql-yoga/render-graphiql/package.json'));
await copyFile(fileURLToPath(license), join(explorer, 'LICENSE'));

/**
 * @param {string} page
 * @param {Record<string, string>} contents by name
 * @returns {Promise<string>} its folder
 */
async function writeAssets(page, contents) {
  const folder = join(outDir, 'assets', page);
  await mkdir(folder, { recursive: true });
  /** @type {Record<string, string>} */
  const fileNames = {};
  for (const [name, content] of Object.entries(contents)) {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, hashCharacters);
    const fileName = (fileNames[name] = name.replace('.', `-${hash}.`));
    const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality };
    await writeFile(join(folder, fileName), content);
    await writeFile(join(folder, `${fileName}.br`), await promisify(brotliCompress)(content, { params }));
    await writeFile(join(folder, `${fileName}.gzip`), await promisify(gzip)(content));
  }
  await writeFile(join(folder, 'files.json'), JSON.stringify(fileNames));
  return folder;
}

/** @param {string} path */
function source(path) {
  return readFile(inProject(`src/transport/http/${path}`), 'utf8');
}
