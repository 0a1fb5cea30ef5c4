import { SCENARIOS } from '../../faults/plan.ts';
import { faultOf } from '../../faults/scenario.ts';
import { listOf, readFaultsSettings } from '../../faults/settings.ts';

describe("the faults' settings", () => {
  it('play everything unless told, and write the page', () => {
    const settings = readFaultsSettings([]);
    expect(settings).toMatchObject({ pace: 'full', scenarios: SCENARIOS, holders: 60, list: false });
    expect(settings.outputFolder).toMatch(/docs.faults$/);
  });

  it('play what is quick in --quick, and what is named with --only; neither touches the page', () => {
    const quick = readFaultsSettings(['--quick']);
    expect(quick.scenarios).toEqual(SCENARIOS.filter((scenario) => scenario.quick));
    expect(quick.scenarios.length).toBeGreaterThan(0);
    const only = readFaultsSettings(['--only', 'database-away-long', '--quick']);
    expect(only.scenarios.map(({ name }) => name)).toEqual(['database-away-long']);
    for (const { outputFolder } of [quick, only]) expect(outputFolder).not.toMatch(/docs/);
  });

  it('play nothing but the soak where it is asked for', () => {
    const { scenarios, outputFolder } = readFaultsSettings(['--soak', '60']);
    expect(scenarios.map(({ fault }) => fault)).toEqual(['60 minutes of load']);
    expect(outputFolder).not.toMatch(/docs/);
    expect(() => readFaultsSettings(['--soak', 'long'])).toThrow('--soak is "long"');
  });

  it('refuse a scenario that there is none of', () => {
    expect(() => readFaultsSettings(['--only', 'flood'])).toThrow('There is no scenario "flood"');
  });

  it('name every scenario once in --list, with its fault', () => {
    const lines = listOf(SCENARIOS, 'full').split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual(
      SCENARIOS.map((scenario) => [scenario.name, faultOf(scenario, 'full')]),
    );
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it('say of a short run what it does, not what a whole one would', () => {
    const list = (pace: 'full' | 'quick') => listOf(SCENARIOS, pace);
    expect(list('full')).toMatch(/^gateway-killed +a gateway killed, 50 times$/m);
    expect(list('quick')).toMatch(/^gateway-killed +a gateway killed, 4 times$/m);
    expect(list('quick')).not.toContain('{');
  });
});
