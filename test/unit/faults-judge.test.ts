import { newHistory, type Answer, type History } from '../../faults/history.ts';
import { judge } from '../../faults/judge.ts';
import { verdictOf } from '../../faults/play.ts';

const TIMES = { injectedMs: 1_000, healedMs: 2_000 };
const tokens = (received: string): Answer => ({ kind: 'tokens', outcome: 'ROTATED', received });
const refused = (code: string): Answer => ({ kind: 'refused', code, reason: null });

/** One client that holds session `s`, and what it was answered, one answer in each half of a second. */
function historyOf(answers: readonly Answer[], changes: Partial<History> = {}): History {
  const attempts = answers.map((answer, nth) => {
    const startedMs = 500 + nth * 500;
    return { sessionId: 's', sent: `token ${nth}`, startedMs, endedMs: startedMs + 100, answer };
  });
  return { ...newHistory(), attempts, rows: new Map([['s', null]]), held: ['s'], ...changes };
}

const GOOD = [tokens('a'), { kind: 'busy', status: 503, retryAfterSeconds: 2 }, { kind: 'none' }, tokens('b')] as const;

describe('the judge of a history', () => {
  it('finds nothing where busy and lost answers were followed by tokens', () => {
    const judgement = judge(historyOf(GOOD), TIMES, false);
    expect(judgement).toMatchObject({ acknowledged: 2, lost: 0, falselyEnded: 0, wronglyAccepted: 0, notRetryable: 0 });
    expect(judgement).toMatchObject({ answeredBusy: 1, unanswered: 1, longestMs: 100, recoveryMs: 100 });
    expect(verdictOf(judgement, {}, null)).toEqual({ verdict: 'held', why: [] });
  });

  it('finds a false end in an answer', () => {
    const judgement = judge(historyOf([tokens('a'), refused('SESSION_ENDED')]), TIMES, false);
    expect(judgement).toMatchObject({ falselyEnded: 1, lost: 0 });
    expect(verdictOf(judgement, {}, null)).toEqual({ verdict: 'broken', why: ['1 falsely ended'] });
  });

  it('finds a false end in the database, of which nobody was told', () => {
    const rows = new Map([['s', 'TOKEN_REUSE']]);
    expect(judge(historyOf(GOOD, { rows }), TIMES, false)).toMatchObject({ falselyEnded: 1, lost: 0 });
  });

  it.each([
    ['a token that is said not to be valid', historyOf([refused('INVALID_REFRESH_TOKEN')])],
    ['a holder that is stranded', historyOf([{ kind: 'none' }], { stranded: ['s'] })],
    ['a session without a row', historyOf(GOOD, { rows: new Map() })],
  ])('finds a lost session: %s', (_, history) => {
    expect(judge(history, TIMES, false)).toMatchObject({ lost: 1, falselyEnded: 0 });
  });

  it('counts a stale token as no loss: the session goes on', () => {
    expect(judge(historyOf([refused('STALE_REFRESH_TOKEN'), tokens('a')]), TIMES, false)).toMatchObject({ lost: 0 });
  });

  it('counts apart what a fault that undoes commits has undone', () => {
    const unheard = historyOf([refused('INVALID_REFRESH_TOKEN')], { rows: new Map() });
    expect(judge(unheard, TIMES, true)).toMatchObject({ lost: 0, neverHeardOf: 1 });
    const known = historyOf([refused('INVALID_REFRESH_TOKEN')]);
    expect(judge(known, TIMES, true)).toMatchObject({ lost: 1, neverHeardOf: 0 });
  });

  it('finds two successors of one token, and takes the same one twice for a replay', () => {
    const twice = (received: string) => {
      const { attempts } = historyOf([tokens('a'), tokens(received)]);
      return historyOf([], { attempts: attempts.map((attempt) => ({ ...attempt, sent: 'one' })) });
    };
    expect(judge(twice('b'), TIMES, false)).toMatchObject({ forked: 1 });
    expect(judge(twice('a'), TIMES, false)).toMatchObject({ forked: 0 });
  });

  it.each([
    ['refresh token', 1_501, 1],
    ['access token', 7_900, 0],
    ['access token', 8_100, 1],
  ] as const)(
    'finds what was accepted after an acknowledged revocation: %s at %i ms',
    (presented, startedMs, wrong) => {
      const revocations = [{ sessionId: 'r', acknowledgedMs: 1_500 }];
      const probes = [{ sessionId: 'r', presented, startedMs, accepted: true }];
      const history = historyOf(GOOD, { revocations, probes });
      expect(judge(history, TIMES, false)).toMatchObject({ wronglyAccepted: wrong, revocationsUndone: 0 });
      expect(judge(history, TIMES, true)).toMatchObject({ wronglyAccepted: 0, revocationsUndone: wrong });
    },
  );

  it('counts answers that no client can retry', () => {
    const busy = (retryAfterSeconds: number | null): Answer => ({ kind: 'busy', status: 500, retryAfterSeconds });
    const history = historyOf([busy(null), busy(2), refused('HTTP 400'), tokens('a')]);
    expect(judge(history, TIMES, false)).toMatchObject({ notRetryable: 2 });
  });
});

describe('the verdict', () => {
  const held = judge(historyOf(GOOD), TIMES, false);

  it('marks a missed figure, and does not take it for a broken invariant', () => {
    expect(verdictOf(held, { longestMs: 50 }, null)).toEqual({
      verdict: 'slow',
      why: ['an answer took 100 of 50 ms'],
    });
    expect(verdictOf(held, { failedRequests: 0 }, null).why).toEqual(['2 requests failed']);
    expect(verdictOf(held, { p99Times: 1.5 }, 60).why).toEqual(['p99 of 100 ms, of 90 allowed']);
    expect(verdictOf(held, { p99Times: 1.5 }, 70).verdict).toBe('held');
  });
});
