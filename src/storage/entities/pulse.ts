import { defineEntity, p } from '@mikro-orm/core';
import { momentOfInsert } from './columns.js';

const PulseSchema = defineEntity({
  name: 'Pulse',
  tableName: 'pulse',
  properties: {
    id: p.smallint().primary().autoincrement(false),
    /** When the last beat began that has been committed. */
    beatAt: momentOfInsert(),
    /** The gateway that beat last has stopped as it was told to: what comes after is no gap. */
    resting: p.boolean().default(true),
    /** When nobody could commit, of the last 15 minutes. */
    gaps: p.string().columnType('tstzmultirange').defaultRaw(`'{}'::tstzmultirange`),
  },
  checks: [{ name: 'pulse_one_row', expression: 'id = 1' }],
});

/** One row, which the gateways move on once a second by a commit: it tells when commits could not be made. */
export class Pulse extends PulseSchema.class {}
PulseSchema.setClass(Pulse);
