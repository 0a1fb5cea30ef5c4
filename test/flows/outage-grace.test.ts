import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { setSession } from '../support/session-rows.js';
import { refreshWith, signUp } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_REFRESH_GRACE: '1' } });
});
afterAll(() => gateway.close());

const logged = (message: string) => gateway.logLines.filter((line) => line.includes(message));

/** Refreshes, and presents the old token again when its rotation is two seconds old. */
async function retryAfterTwoSeconds(): Promise<string | undefined> {
  const { refreshToken, session } = await signUp(gateway);
  await refreshWith(gateway, refreshToken);
  await setSession(gateway, session.id, `rotated_at = rotated_at - interval '2 seconds'`);
  const retried = await refreshWith(gateway, refreshToken);
  return retried.outcome ?? retried.reason;
}

describe('a refresh that is retried after the grace window', () => {
  it('is taken for a theft', async () => {
    expect(await retryAfterTwoSeconds()).toBe('TOKEN_REUSE');
  });

  it('is not, after an outage of the database that may have cost the client its answer', async () => {
    await takeDatabaseAway(gateway);
    await eventually(
      () => Promise.resolve(logged('the list of revoked sessions was not updated').length),
      (failures) => failures >= 2,
    );
    await giveDatabaseBack(gateway);
    await eventually(
      () => Promise.resolve(logged('the database answers again').length),
      (recoveries) => recoveries === 1,
    );
    expect(await retryAfterTwoSeconds()).toBe('REPLAYED');
  });
});
