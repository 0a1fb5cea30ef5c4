import { createExaminedDatabase, type ExaminedDatabase } from '../support/examined-database.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { TEST_SECRET } from '../support/gateway.js';
import { createEmptyDatabase } from '../support/postgres.js';

const OTHER_SECRET = [...TEST_SECRET].reverse().join('');
let database: ExaminedDatabase;
beforeEach(async () => (database = await createExaminedDatabase()));
afterEach(() => database.drop());

const byCheck = (found: readonly Finding[]) => new Map(found.map((finding) => [finding.check, finding]));

describe('the check of the signing keys', () => {
  it('names those that are there', async () => {
    expect(await database.finding('signing keys')).toMatchObject({
      outcome: 'ok',
      saw: expect.stringMatching(/^[\w-]{8} \(EdDSA, (current|next)\), [\w-]{8} \(EdDSA, (current|next)\)$/),
    });
  });

  it('fails with a secret that does not open them', async () => {
    expect(await database.finding('signing keys', { FLUXGATE_SECRET: OTHER_SECRET })).toMatchObject({
      outcome: 'failed',
      saw: expect.stringContaining('FLUXGATE_SECRET does not open'),
    });
  });

  it('asks for a rewrap while only the secret before opens them', async () => {
    const env = { FLUXGATE_SECRET: OTHER_SECRET, FLUXGATE_SECRET_PREVIOUS: TEST_SECRET };
    expect(await database.finding('signing keys', env)).toMatchObject({
      outcome: 'warning',
      advice: 'run `fluxgate keys rewrap`',
    });
  });

  it('asks for a prune when one has verified its last token', async () => {
    await database.admin(
      `UPDATE signing_keys SET state = 'retiring', retires_at = now() - interval '1 second' WHERE state = 'next'`,
    );
    const found = await database.findings();
    expect(found.filter(({ outcome }) => outcome === 'warning').map(({ advice }) => advice)).toEqual([
      'restore it from a back-up',
      'run `fluxgate keys prune`',
    ]);
  });

  it('fails when none signs, and is content before the first start', async () => {
    await database.admin(`DELETE FROM signing_keys WHERE state = 'current'`);
    expect(await database.finding('signing keys')).toMatchObject({ outcome: 'failed', saw: 'no key signs' });
    await database.admin('DELETE FROM signing_keys');
    expect(await database.finding('signing keys')).toMatchObject({
      outcome: 'ok',
      saw: expect.stringContaining('none yet'),
    });
  });
});

describe('the check of the other URLs', () => {
  it('is content when they lead to the same database', async () => {
    const found = byCheck(
      await database.findings({
        DATABASE_DIRECT_URL: database.serverUrl,
        FLUXGATE_MIGRATION_DATABASE_URL: database.ownerUrl,
      }),
    );
    expect(found.get('DATABASE_DIRECT_URL')).toMatchObject({ outcome: 'ok' });
    expect(found.get('FLUXGATE_MIGRATION_DATABASE_URL')).toMatchObject({
      outcome: 'ok',
      saw: expect.stringContaining(database.owner),
    });
  });

  it.each(['DATABASE_DIRECT_URL', 'FLUXGATE_MIGRATION_DATABASE_URL'])(
    'fails when %s leads elsewhere, or nowhere',
    async (name) => {
      const elsewhere = await createEmptyDatabase();
      expect(await database.finding(name, { [name]: elsewhere.url })).toMatchObject({
        outcome: 'failed',
        saw: 'it is another database than the one of DATABASE_URL',
      });
      await elsewhere.drop();
      expect(await database.finding(name, { [name]: elsewhere.url })).toMatchObject({
        outcome: 'failed',
        saw: expect.stringContaining('there is no such database'),
        advice: `create it, or correct ${name}`,
      });
    },
  );

  it('fails when the migrations would not have the owner’s role', async () => {
    const env = { FLUXGATE_MIGRATION_DATABASE_URL: database.serverUrl };
    expect(await database.finding('FLUXGATE_MIGRATION_DATABASE_URL', env)).toMatchObject({
      outcome: 'failed',
      saw: `the role ${database.server} may not create tables in schema public`,
    });
  });
});
