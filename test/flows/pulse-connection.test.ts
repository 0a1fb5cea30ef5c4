import { setImmediate as nextTurn } from 'node:timers/promises';
import { startPulse } from '../../src/domain/pulse/pulse.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, holding, query } from '../support/postgres.js';

describe('a pulse whose first way to the server leads nowhere', () => {
  it('takes the other one', async () => {
    const database = await createTestDatabase();
    const still: unknown[] = [];
    let goesOn = false;
    const pulse = await startPulse({
      ways: [{ host: '127.0.0.1', port: 1 }, { connectionString: database.url }],
      onStill: (error) => still.push(error),
      onGoesOn: () => (goesOn = true),
    });
    try {
      expect(still).toHaveLength(1);
      await eventually(
        () => Promise.resolve(goesOn),
        (it) => it,
      );
      expect(await query(database.url, 'select from pulse where not resting')).toHaveLength(1);
    } finally {
      await pulse.stop();
      await database.drop();
    }
  });
});

describe('a pulse that is stopped while its beat waits', () => {
  it('opens no connection after that', async () => {
    const database = await createTestDatabase();
    const beats = `select from pg_stat_activity where datname = current_database() and query like '%INTO pulse%'`;
    const pulse = await startPulse({
      ways: [{ connectionString: database.url }],
      onStill: () => undefined,
      onGoesOn: () => undefined,
    });
    try {
      await holding(database.url, ['select from pulse for update', []], async () => {
        const waiting = `${beats} and wait_event_type = 'Lock'`;
        await eventually(
          () => query(database.url, waiting),
          (rows) => rows.length === 1,
        );
        await pulse.stop();
      });
      const others = `${beats} and pid <> pg_backend_pid()`;
      await eventually(
        () => query(database.url, others),
        (rows) => rows.length === 0,
      );
      await nextTurn(); // what was to come after the beat that waited has come
      expect(await query(database.url, others)).toHaveLength(0);
    } finally {
      await database.drop();
    }
  });
});
