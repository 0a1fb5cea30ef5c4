import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { refreshTokenAt } from '../support/minted-tokens.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '100' } });
});
afterAll(() => gateway.close());

it('08: a known session id under a made-up tag is refused without a query, and the victim notices nothing', async () => {
  const victim = await signUp(gateway);
  const token = refreshTokenAt(victim.session.id, 0);
  const forged = Array.from(
    { length: 50 },
    (_, nth) => `${token.slice(0, 60)}${'ABCDEFGHIJ'[nth % 10]}${'A'.repeat(21)}`,
  );

  await takeDatabaseAway(gateway);
  try {
    for (const answer of await Promise.all(forged.map((each) => refreshWith(gateway, each))))
      expect(answer).toMatchObject({ __typename: 'InvalidRefreshToken' });
  } finally {
    await giveDatabaseBack(gateway);
  }
  await eventually(
    () => logIn(gateway, { email: victim.user.email }).catch(() => null),
    (answer) => answer?.__typename === 'AuthPayload',
  );
  expect(await refreshWith(gateway, victim.refreshToken)).toMatchObject({ outcome: 'ROTATED' });
});
