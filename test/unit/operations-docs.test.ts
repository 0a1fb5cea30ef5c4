import { readdirSync, readFileSync } from 'node:fs';
import { SETTINGS } from '../../src/config.js';
import { createProgram } from '../../src/cli/program.js';
import { OPERATIONS } from '../support/operations-walk.js';
import { section, tableRows } from '../support/readme.js';

const inProject = (path: string) => new URL(`../../${path}`, import.meta.url);
const sourceFiles = readdirSync(inProject('src'), { recursive: true, encoding: 'utf8' }).filter((it) =>
  it.endsWith('.ts'),
);
const sources = sourceFiles.map((file) => readFileSync(inProject(`src/${file}`), 'utf8')).join('\n');

describe('docs/operations.md', () => {
  it.each(['Troubleshooting by message', 'What to watch'])('explains messages that there are: %s', (heading) => {
    const messages = tableRows(section(heading, OPERATIONS)).map(([message = '']) => message);
    const parts = messages.flatMap((message) => message.split(/`, `|`| … |… | …/)).filter((part) => part !== '');
    expect(parts.length).toBeGreaterThanOrEqual(messages.length);
    expect(messages.length).toBeGreaterThan(5);
    expect(parts.filter((part) => !sources.includes(part))).toEqual([]);
  });

  it('lists the checks that doctor makes', () => {
    const listed = tableRows(section('Doctor', OPERATIONS)).map(([check = '']) => check.replaceAll('`', ''));
    const names = [...sources.matchAll(/const CHECK = '([^']+)'/g)].map(([, name = '']) => name);
    expect(listed.toSorted()).toEqual(
      [...names, 'database', 'DATABASE_DIRECT_URL', 'FLUXGATE_MIGRATION_DATABASE_URL'].sort(),
    );
  });

  it('uses commands and settings that there are', async () => {
    const program = await createProgram();
    const used = [...OPERATIONS.matchAll(/\bfluxgate (?!ready http:)([a-z]+)(?: ([a-z][a-z-]*))?/g)].filter(
      ([text]) => !text.endsWith('fluxgate'),
    );
    const missing = used.filter(([, name, below]) => {
      const command = program.commands.find((it) => it.name() === name);
      if (!command || below === undefined) return !command;
      return !command.commands.some((it) => it.name() === below);
    });
    expect(used.length).toBeGreaterThan(20);
    expect(missing.map(([text]) => text)).toEqual([]);

    const known = SETTINGS.map(({ name }) => name);
    const named = OPERATIONS.match(/\b(FLUXGATE|DATABASE)_[A-Z_]+[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});
