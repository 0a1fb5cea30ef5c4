import { cleanUp, makeDataDir, startFluxgate, stopFluxgate } from '../support/fluxgate-process.js';
import { TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, query } from '../support/postgres.js';
import { refreshWith, signUp } from '../support/sign-in.js';

afterEach(cleanUp);

it('02: a used token ends the session after the window, the server having been stopped and started in between', async () => {
  const database = await createTestDatabase();
  const options = { dataDir: await makeDataDir(), env: { DATABASE_URL: database.url, FLUXGATE_SECRET: TEST_SECRET } };
  const before = await startFluxgate(options);
  const { refreshToken: used } = await signUp(before);
  const { refreshToken: held } = await refreshWith(before, used);
  expect(await stopFluxgate(before)).toBe(0);
  await query(database.url, `update sessions set rotated_at = rotated_at - interval '30 seconds'`);

  const after = await startFluxgate(options);
  for (const token of [used, held])
    expect(await refreshWith(after, token)).toMatchObject({ __typename: 'SessionEnded', reason: 'TOKEN_REUSE' });
  expect(await query(database.url, 'select last_outcome, revoke_reason from sessions')).toEqual([
    { last_outcome: 'REUSED', revoke_reason: 'TOKEN_REUSE' },
  ]);
  await stopFluxgate(after);
  await database.drop();
});
