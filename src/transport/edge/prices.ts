import type { ComplexityEstimator } from 'graphql-query-complexity';

/**
 * What reading costs, in points: one for each field of an answer, times the rows of every list above it. Some 4 µs of
 * event loop and 80 bytes are one point. Each price is declared with its field; these are those that fields share.
 */

/** Of a field that asks the database, before what it answers. */
export const QUERY_POINTS = 5;
/** Of a field that may be long: a user agent, the details of an event. */
export const LONG_FIELD_POINTS = 5;

/** Lists that tell no size are priced as if they were longer than nearly all: sessions are a handful, and 200 at most. */
export const SESSION_ROWS = 50;
export const IDENTITY_ROWS = 10;
export const ISSUE_ROWS = 5;

/** A list of so many rows. */
export const rows =
  (count: number, ownPoints = 1): ComplexityEstimator =>
  ({ childComplexity }) =>
    ownPoints + count * childComplexity;

/** A page of a connection: all that stands below it, times `first`, from 0 to the most that a page may have. */
export const page =
  (mostRows: number): ComplexityEstimator =>
  ({ args, childComplexity }) =>
    QUERY_POINTS + Math.min(Math.max(Number(args['first']), 0), mostRows) * childComplexity;

/** The REST door reads the same, in answers of one shape each. */
export const REST_POINTS = {
  me: QUERY_POINTS + 5,
  tokenInfo: QUERY_POINTS + 6,
  sessions: QUERY_POINTS + SESSION_ROWS * 7,
};
