import { faultOf, outcomeOf } from '../../fuzz/judge/answer.ts';
import { isHang, isLate } from '../../fuzz/judge/duration.ts';
import { isGrowing } from '../../fuzz/judge/heap.ts';
import { leakInAnswer, leakInLog } from '../../fuzz/judge/leaks.ts';
import type { Exchange } from '../../fuzz/http/exchange.ts';

const WHOLE = { isWhole: true, mayBeCutOff: false };
const MEGABYTE = 1_000_000;

function answer(status: number, body = '{}', head = ''): Exchange {
  return { status, head: `HTTP/1.1 ${status} X\r\n${head}`, body, tookMs: 1, end: 'answered' };
}

const NOTHING = { status: 0, head: '', body: '', tookMs: 12_000 };

describe('an answer that must not be', () => {
  it.each([
    ['of 500', answer(500)],
    ['of 502', answer(502)],
    ['of 503 that does not say when to come back', answer(503)],
    ['of 200, with an error of our own in it', answer(200, '{"errors":[{"extensions":{"code":"INTERNAL"}}]}')],
    ['that never comes', { ...NOTHING, end: 'silent' as const }],
    ['in whose place the connection ends', { ...NOTHING, end: 'closed' as const }],
  ])('is one %s', (_, exchange) => {
    expect(faultOf(WHOLE, exchange)).not.toBeNull();
  });

  it.each([
    ['a refusal', WHOLE, answer(400)],
    ['an overload that says when to come back', WHOLE, answer(503, '{}', 'Retry-After: 1\r\n')],
    ['silence where nothing was asked', { isWhole: false, mayBeCutOff: true }, { ...NOTHING, end: 'silent' as const }],
    [
      'the end of a connection that sent no HTTP',
      { isWhole: true, mayBeCutOff: true },
      { ...NOTHING, end: 'closed' as const },
    ],
  ])('is not %s', (_, asked, exchange) => {
    expect(faultOf(asked, exchange)).toBeNull();
  });

  it('is counted as an overload, and not as a refusal', () => {
    expect(outcomeOf(answer(503, '{}', 'retry-after: 1'), false)).toBe('overloaded');
    expect(outcomeOf(answer(200), true)).toBe('succeeded');
    expect(outcomeOf(answer(200), false)).toBe('refused');
  });
});

describe('a leak', () => {
  const text = {
    text: '',
    request: 'POST /graphql',
    secrets: ['Fuzz-a-1-Quartz!vexing'],
    ownersInAnswer: new Set<string>(),
    owners: new Set(['fuzz-a-1@example.com']),
  };

  it.each([
    ['a password', 'is Fuzz-a-1-Quartz!vexing right?'],
    ['a hash of argon2', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'],
    ['a hash of bcrypt', '$2b$12$abcdefghijklmnopqrstuv'],
    ['a private key', '{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'],
    ['a stack trace', 'Error\n    at answerError (file:///srv/dist/src/transport/http/errors.js:12:3)'],
    ['a path of the server', 'Cannot find /srv/fluxgate/node_modules/pg'],
    ['a statement', 'select "id" from "users" where'],
  ])('in an answer is %s', (_, leaked) => {
    expect(leakInAnswer({ ...text, text: leaked })).not.toBeNull();
  });

  it('is a token or an address of somebody who is no party to the request', () => {
    const other = new Set(['fuzz-a-2@example.com']);
    expect(leakInAnswer({ ...text, text: 'eyJ…', ownersInAnswer: other })).toContain("another account's");
    expect(leakInAnswer({ ...text, text: 'eyJ…', ownersInAnswer: text.owners })).toBeNull();
  });

  it('is not what was sent, given back', () => {
    const name = 'select a from b';
    expect(leakInAnswer({ ...text, text: name, request: `{"name":"${name}"}` })).toBeNull();
  });

  it.each([
    ['a refresh token', `token fgr_${'A'.repeat(78)}`],
    ['an access token', `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.${'s'.repeat(86)}`],
    ['a password', 'password Fuzz-a-1-Quartz!vexing'],
    ['a hash', '$argon2id$v=19$m=19456'],
  ])('in the log is %s', (_, line) => {
    expect(leakInLog(line, text.secrets)).not.toBeNull();
  });

  it('in the log is no stack, nor a statement: they are for operators', () => {
    expect(leakInLog('select 1 from x; Error at f (file:///srv/a.js:1:1)', text.secrets)).toBeNull();
  });
});

describe('a hang', () => {
  it('is no answer in two seconds on a machine that is quick itself', () => {
    expect(isLate({ tookMs: 2_001, controlMs: 10 })).toBe(true);
    expect(isLate({ tookMs: 1_999, controlMs: 10 })).toBe(false);
    expect(isLate({ tookMs: 9_000, controlMs: 900 })).toBe(false);
  });

  it('comes back when the same is asked alone', () => {
    const late = { tookMs: 3_000, controlMs: 10 };
    expect(isHang([late])).toBe(false);
    expect(isHang([late, late, late])).toBe(true);
    expect(isHang([late, { tookMs: 5, controlMs: 1 }])).toBe(false);
  });
});

describe('a heap', () => {
  it.each([
    ['grows', [60, 75, 90, 105, 120], true],
    ['fills up what is bounded', [60, 63, 66, 68, 69], false],
    ['comes back down', [60, 110, 70, 105, 72], false],
    ['was seen too seldom to tell', [60, 200], false],
  ])('%s', (_, megabytes, grows) => {
    expect(isGrowing(megabytes.map((each) => each * MEGABYTE))).toBe(grows);
  });
});
