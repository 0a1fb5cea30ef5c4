import { p } from '@mikro-orm/core';

/** A point in time, to the microsecond: MikroORM's own datetime keeps whole seconds. */
export const moment = () => p.datetime().columnType('timestamptz');

/** Of the database, when the row is made. */
export const momentOfInsert = () => moment().defaultRaw('now()');

export const ipAddress = () => p.string().columnType('inet');

/** Empty unless something else is said. */
export const textArray = () => p.array().columnType('text[]').$type<string[]>().defaultRaw(`'{}'::text[]`);
