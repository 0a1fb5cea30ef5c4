import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { signUp, type SignedIn } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

async function listOf({ accessToken }: SignedIn): Promise<string[]> {
  const { data } = await gateway.gql<{ sessions: { id: string }[] }>('{ sessions { id } }', {}, bearer(accessToken));
  return data.sessions.map(({ id }) => id);
}

describe('the sessions that are listed', () => {
  it('are the 200 that were used last, of each of those who ask at once', async () => {
    const two = [await signUp(gateway), await signUp(gateway)];
    for (const { session, user } of two)
      await gateway.sql(
        `insert into sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at, last_used_at)
         select gen_random_uuid(), $2, device_id, 'older', idle_expires_at, absolute_expires_at, now() - interval '1 hour'
         from sessions, generate_series(1, 250) where id = $1`,
        [session.id, user.id],
      );
    const lists = await Promise.all(two.map(listOf));
    expect(lists.map((ids) => [ids.length, ids[0]])).toEqual(two.map(({ session }) => [200, session.id]));
  });
});
