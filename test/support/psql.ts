import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { interpolate } from './psql-variables.ts';

/**
 * As much of psql as docs/operations.md uses, for tests on machines that have npm alone: a URL, `--command`, `--file` and
 * `--set name=value`. It prints nothing and stops at the first error.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    command: { type: 'string' },
    file: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const url = new URL(positionals[0] ?? '');
const variables = Object.fromEntries(values.set.map((pair) => pair.split(/=(.*)/s, 2)));
const script = values.command ?? (await readFile(values.file ?? '', 'utf8'));

const client = new Client({ connectionString: url.href });
await client.connect();
try {
  await client.query(interpolate(script, { ...variables, DBNAME: url.pathname.slice(1) }));
} finally {
  await client.end();
}
