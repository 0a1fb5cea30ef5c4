import { readdirSync } from 'node:fs';
import { measuredRows, NO_GOAL } from '../support/bench-table.js';
import { README, readPage, section, tableRows } from '../support/readme.js';

const MAX_BYTES = 12_000;

describe('the README', () => {
  it('is read in one go: 12,000 bytes at most, what there is beyond them in docs/', () => {
    expect(Buffer.byteLength(README)).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('has its sections in the order in which a newcomer needs them', () => {
    expect([...README.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'Start',
      'First query',
      'What it stands on',
      'The rooms',
      'Performance',
      'Under faults',
      'Where to read on',
      'License',
    ]);
  });

  it('says how it is shown what faults do, and where it has been', () => {
    expect(section('Under faults')).toContain('`npm run faults`');
    expect(section('Under faults')).toContain('(docs/faults/README.md)');
  });

  it('starts and tests with one command each', () => {
    expect(section('Start')).toContain('\n    npm ci && npm start\n');
    expect(section('Start')).toContain('\n    npm ci && npm test\n');
  });

  it('says what each package that it stands on does here, of packages that are installed', () => {
    const named = tableRows(section('What it stands on')).map(([packages = '']) => packages);
    expect(named).toEqual([
      '`@apollo/server`',
      '`graphql`',
      '`type-graphql`',
      '`@mikro-orm/core`, `@mikro-orm/postgresql`',
      '`@mikro-orm/migrations`',
      '`jose`',
      '`graphql-rate-limit`',
      'k6',
      '`jest`',
      'PostgreSQL',
    ]);
    const { dependencies, devDependencies } = JSON.parse(readPage('package.json')) as Record<string, object>;
    const installed = Object.keys({ ...dependencies, ...devDependencies });
    const packages = named.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(packages.filter((name) => !installed.includes(name ?? ''))).toEqual([]);
  });

  it('has a line for each room below src, and for none that is gone', () => {
    const named = [...section('The rooms').matchAll(/^ {4}([\w.]+) {2,}\S/gm)].map(([, name]) => name);
    const rooms = readdirSync(new URL('../../src', import.meta.url), { withFileTypes: true })
      .filter((it) => it.isDirectory() && it.name !== 'config')
      .map(({ name }) => name);
    expect(named.toSorted()).toEqual([...rooms, 'app.ts', 'config.ts'].sort());
  });

  it('tells of performance five lines of what the kept run has measured, and how many goals it misses', () => {
    const measured = measuredRows();
    const told = tableRows(section('Performance'));
    expect(told).toHaveLength(5);
    expect(measured).toEqual(expect.arrayContaining(told));

    const judged = measured.filter(([, , , , goal]) => goal !== NO_GOAL);
    const missed = judged.filter(([, , , , goal]) => goal?.endsWith('**missed**'));
    expect(section('Performance')).toContain(`\n${missed.length} of ${judged.length} goals are missed`);
    expect(told).toContainEqual(missed[0]);
  });
});
