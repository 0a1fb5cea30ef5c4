import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import type { Row } from '../../bench/report/rows.ts';
import { shown } from '../../bench/report/table.ts';
import { SETTINGS } from '../../src/config.js';
import { POLICIES } from '../../src/domain/rate-limit/policies.js';
import { fenced, README, section, tableRows } from '../support/readme.js';

const inProject = (path: string) => new URL(`../../${path}`, import.meta.url);

describe('the README', () => {
  it('has its sections in the order in which a newcomer needs them', () => {
    expect([...README.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'Start',
      'A sign-in and a refresh with curl',
      'The same in Apollo Sandbox',
      'Apollo Client',
      'REST, and taking over from another server',
      'The rooms',
      'Configuration',
      'Operations',
      'Security model',
      'Performance',
      'Decisions',
      'License',
    ]);
  });

  it('starts and tests with one command each', () => {
    expect(section('Start')).toContain('\n    npm ci && npm start\n');
    expect(section('Start')).toContain('\n    npm ci && npm test\n');
  });

  it('lists every setting there is, with its default and meaning', () => {
    const documented = SETTINGS.map((setting) => [`\`${setting.name}\``, setting.default, setting.meaning]);
    expect(tableRows(section('Configuration'))).toEqual(documented);
  });

  it('lists every limit there is, with its points and window', () => {
    const limits = Object.entries(POLICIES).map(([name, { points, windowSeconds }]) => [
      `\`${name}\``,
      String(points),
      `${windowSeconds} s`,
    ]);
    const [, afterHeading = ''] = section('Security model').split('**Limits**');
    expect(tableRows(afterHeading).map(([name, , , ...numbers]) => [name, ...numbers])).toEqual(limits);
  });

  it('tells of performance what the kept run of the bench has measured, its misses too', () => {
    const rows = ['latest', 'scale'].flatMap((run) => {
      const report = readFileSync(inProject(`docs/benchmarks/${run}.json`), 'utf8');
      return (JSON.parse(report) as { rows: Row[] }).rows;
    });
    expect(tableRows(section('Performance'))).toEqual(
      rows.map(({ name, unit, ours, against, againstName, ratio, goal, met }) => [
        name,
        `${shown(ours)} ${unit}`,
        ['allowed', 'required'].includes(againstName) ? `${shown(against)} ${againstName}` : shown(against),
        shown(ratio),
        `≥ ${shown(goal)}${met ? '' : ', **missed**'}`,
      ]),
    );
  });

  it('names settings that exist, wherever it speaks of one', () => {
    const known = SETTINGS.map(({ name }) => name);
    const named = README.match(/\bFLUXGATE_[A-Z_]+[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('shows GraphQL that the schema takes', () => {
    const schema = buildSchema(readFileSync(inProject('schema.graphql'), 'utf8'));
    const documents = fenced('graphql', README);
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.flatMap((document) => validate(schema, parse(document)))).toEqual([]);
  });
});

describe.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])('%s', (file) => {
  it('links to nothing that is missing', () => {
    const text = readFileSync(inProject(file), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
    const relative = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(relative.filter((target) => !existsSync(inProject(target)))).toEqual([]);
  });
});
