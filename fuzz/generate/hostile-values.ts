import fc from 'fast-check';

/** Dates at the edge of what can be written, of what JavaScript holds, and of what PostgreSQL does. */
export const HOSTILE_DATES = fc.constantFrom(
  '9999-12-31T23:59:59-00:01',
  '9999-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '-271821-04-20T00:00:00.000Z',
  '+275760-09-13T00:00:00.000Z',
  '1582-10-10T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-06-30T23:59:60Z',
  '2026-01-01',
);

const HOSTILE_TEXTS = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\u202eabc',
    'e\u0301'.repeat(40),
    'x'.repeat(5_000),
    '\u{1f468}\u200d\u{1f469}',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const HOSTILE_NUMBERS = fc.constantFrom(
  -1,
  0,
  101,
  0.5,
  2_147_483_647,
  2_147_483_648,
  -2_147_483_649,
  1e308,
  9_007_199_254_740_993,
);

/** What comes nearest to the value and does not hold all the same; else anything. */
export function hostileInPlaceOf(value: unknown, { date, text, number, any }: HostileChoice): unknown {
  if (typeof value === 'number') return number;
  if (typeof value !== 'string') return any;
  return /^\d{4}-\d\d-\d\dT/.test(value) ? date : text;
}

export interface HostileChoice {
  readonly date: string;
  readonly text: string;
  readonly number: number;
  readonly any: unknown;
}

/** What stands where something else is expected. */
const HOSTILE_VALUES: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e308,
    9_007_199_254_740_993,
    '',
    '\0',
    'a\0b',
    '\ud800',
    '\u202eabc',
    'e\u0301'.repeat(40),
    ' ',
    'x'.repeat(5_000),
    "'; --",
    '${7*7}%s%n{{7*7}}',
    '../../../etc/passwd',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'fgr_' + 'A'.repeat(78),
    'eyJhbGciOiJub25lIn0.e30.',
    [],
    [[[[]]]],
    {},
    { constructor: { prototype: {} } },
    { toString: 1, length: -1 },
    { $gt: '' },
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.jsonValue({ maxDepth: 3 }),
);

export const HOSTILE_CHOICES: fc.Arbitrary<HostileChoice> = fc.record({
  date: HOSTILE_DATES,
  text: HOSTILE_TEXTS,
  number: HOSTILE_NUMBERS,
  any: HOSTILE_VALUES,
});

/** What a header can hold, and what it should not. */
export const HOSTILE_HEADER_VALUES: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    ',',
    ';;;=;',
    '\u00ff\u00fe',
    'a'.repeat(7_000),
    'Bearer',
    'Bearer  x',
    'Basic Og==',
    'null',
    'application/json; charset=utf-16',
    'application/json, text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'gzip, br;q=nan, *;q=-1',
    'fluxgate_refresh=; fluxgate_refresh=x; =y; fluxgate_access',
    '::1, 999.1.1.1, [::1]:80, unknown',
    '2026-01-01T00:00:00Z',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
);

export const HEADER_NAMES = fc.constantFrom(
  'authorization',
  'cookie',
  'content-type',
  'content-encoding',
  'accept',
  'accept-encoding',
  'accept-language',
  'origin',
  'referer',
  'user-agent',
  'if-none-match',
  'range',
  'traceparent',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-uri',
  'x-forwarded-method',
  'x-http-method-override',
  'sec-fetch-site',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'expect',
);
