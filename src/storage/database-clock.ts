import { raw } from '@mikro-orm/core';

/**
 * For a property that is about to be written: the database fills it in. An entity that was changed has it after the flush;
 * one that was made has it only if the column has a default, and keeps this expression otherwise until it is read.
 */
export function databaseNow(): Date {
  return raw<Date>('now()');
}

/** The same, so many seconds later. */
export function databaseNowPlus(seconds: number): Date {
  return raw<Date>('now() + ?::interval', [`${seconds} seconds`]);
}
