import { raw } from '@mikro-orm/core';

/** For a property that is about to be written: the database fills it in, and the entity has it after the flush. */
export function databaseNow(): Date {
  return raw<Date>('now()');
}

/** The same, so many seconds later. */
export function databaseNowPlus(seconds: number): Date {
  return raw<Date>('now() + ?::interval', [`${seconds} seconds`]);
}
