import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../tools/build.mjs';

/**
 * Jest runs this natively, outside its module system, where `.js` never means a `.ts` beside it: so it uses what is
 * built, and of the tests' own files only those that import no other.
 */

/** Nothing here has to outlive a power failure. */
const FAST = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300' };

/** @type {(() => Promise<void>) | undefined} */
let tearDown;

/** Once a run: dist/ is fresh, and one PostgreSQL serves every test file a database of its own. */
export default async function globalSetup() {
  await ensureBuilt({ quiet: true });
  const { startEmbeddedPostgres } = /** @type {typeof import('../../src/installation/embedded-postgres/start.js')} */ (
    await importFile('../../dist/src/installation/embedded-postgres/start.js')
  );
  const { migrateUp } = /** @type {typeof import('../../src/storage/migrations.js')} */ (
    await importFile('../../dist/src/storage/migrations.js')
  );
  const { databaseUrl, query, TEMPLATE_DATABASE } = /** @type {typeof import('./postgres.js')} */ (
    await importFile('./postgres.ts')
  );

  const dataDir = await mkdtemp(join(tmpdir(), 'fluxgate-tests-'));
  await chmod(dataDir, 0o711); // as root, PostgreSQL runs under an account that has to get in
  const server = await startEmbeddedPostgres({ dataDir, settings: FAST, onProgress: () => undefined });
  tearDown = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await query(server.url, `create database ${TEMPLATE_DATABASE}`);
    await migrateUp({ url: databaseUrl(server.url, TEMPLATE_DATABASE), setting: 'DATABASE_URL' });
  } catch (error) {
    await stopSharedServer(); // Jest leaves the tear-down out when its set-up fails
    throw error;
  }
  process.env['FLUXGATE_TEST_POSTGRES_URL'] = server.url;
}

export async function stopSharedServer() {
  await tearDown?.();
}

/**
 * @param {string} path relative to this file
 * @returns {Promise<unknown>}
 */
function importFile(path) {
  return import(new URL(path, import.meta.url).href);
}
