import { parseDateTime } from '../../src/domain/line-import.js';

describe('a date and time of an import', () => {
  it.each([
    ['2024-02-29T12:34:56Z', '2024-02-29T12:34:56.000Z'],
    ['2024-02-29T12:34:56.7Z', '2024-02-29T12:34:56.700Z'],
    ['2024-02-29T12:34:56.123456+00:00', '2024-02-29T12:34:56.123Z'],
    ['2024-02-29T12:34Z', '2024-02-29T12:34:00.000Z'],
    ['2024-02-29T23:30:00-05:00', '2024-03-01T04:30:00.000Z'],
    ['1969-07-20T20:17:40Z', '1969-07-20T20:17:40.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is kept in UTC', (given, kept) => {
    expect(parseDateTime(given)).toBe(kept);
  });

  it.each([
    ['nothing', ''],
    ['absence', undefined],
    ['null', null],
    ['a number', 1_709_210_096],
    ['a number in a text', '1709210096'],
    ['a date alone', '2024-02-29'],
    ['no time zone', '2024-02-29T12:34:56'],
    ['a space for the T', '2024-02-29 12:34:56Z'],
    ['another notation', 'Thu, 29 Feb 2024 12:34:56 GMT'],
    ['30 February', '2024-02-30T12:34:56Z'],
    ['29 February of another year', '2023-02-29T12:34:56Z'],
    ['a 13th month', '2024-13-01T12:34:56Z'],
    ['hour 25', '2024-02-29T25:00:00Z'],
    ['a leap second, which no clock here has', '2016-12-31T23:59:60Z'],
    ['the year 0, which PostgreSQL has not', '0000-02-29T00:00:00Z'],
    ['a year before it by its time zone', '0001-01-01T00:00:00+01:00'],
    ['a year of five digits', '+010000-01-01T00:00:00Z'],
    ['a year of five digits by its time zone', '9999-12-31T23:59:59-23:00'],
    ['text after it', '2024-02-29T12:34:56Z\n'],
  ])('is refused where it is %s', (_, given) => {
    expect(parseDateTime(given)).toBeNull();
  });
});
