import { readBenchSettings } from '../../bench/settings.ts';

describe("the bench's settings", () => {
  it('measure no other commit unless they name one', () => {
    expect(readBenchSettings([])).toMatchObject({ before: null, withPeers: false, rounds: 5 });
    expect(readBenchSettings(['--quick'])).toMatchObject({ before: null, rounds: 1 });
  });

  it.each([[['--before', 'main']], [['--before=main', '--peers']], [['--quick', '--before', 'main', '--rounds', '3']]])(
    'take a commit beside what else is asked for: %j',
    (args) => {
      expect(readBenchSettings(args)).toMatchObject({
        before: 'main',
        withPeers: args.includes('--peers'),
        rounds: args.includes('--rounds') ? 3 : 5,
      });
    },
  );

  it('ask for the commit where --before stands alone', () => {
    expect(() => readBenchSettings(['--before'])).toThrow('--before');
  });

  it.each(['0', '-1', 'many'])('take no number but one above zero: --rounds=%s', (rounds) => {
    expect(() => readBenchSettings([`--rounds=${rounds}`])).toThrow(`--rounds is "${rounds}"`);
  });
});
