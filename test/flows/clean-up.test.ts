import type { MikroORM } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import { cleanUp, countRemovable, type CleanedUp } from '../../src/auth/operator/clean-up.js';
import { openOrm } from '../../src/storage/orm.js';
import { agedSessions, remaining } from '../support/aged-rows.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { holding } from '../support/postgres.js';
import { eventTypes } from '../support/security-event-rows.js';
import { setSession } from '../support/session-rows.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';
import { startTraffic } from '../support/traffic.js';

/** The least that can be set, so that every row that somebody may need is younger. */
const RULES = { sessionRetentionDays: 2, eventRetentionDays: 30, refreshAbsoluteTtlSeconds: 86_400 };
const NOTHING: CleanedUp = { sessions: 0, devices: 0, importedTokens: 0, proofs: 0, events: 0, keys: 0 };
const goOn = () => Promise.resolve(true);

const LIVING = `now() + interval '1 minute', now() + interval '1 day', null, null`;
const expired = (ago: string) => `now() - interval '${ago}', now() + interval '1 day', null::timestamptz, null`;
const revoked = (ago: string) => `now(), now() + interval '1 day', now() - interval '${ago}', 'LOGOUT'`;

let gateway: Gateway;
let orm: MikroORM;
beforeEach(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '100' } });
  orm = await openOrm(gateway.databaseUrl);
});
afterEach(async () => {
  await orm.close(true);
  await gateway.close();
});

const cleanUpHere = (pace = goOn) => cleanUp({ em: orm.em.fork() }, RULES, pace);
const countHere = () => countRemovable({ em: orm.em.fork() }, RULES);

describe('cleaning up sessions', () => {
  it.each<[string, number, string]>([
    ['lives, however old it is', 3_000, LIVING],
    ['was revoked as long ago as a list of revoked sessions reads back, at most', 100, revoked('1 day 91 seconds')],
    ['was revoked a moment less than the retention ago', 100, revoked('2 days -20 seconds')],
    ['expired a moment less than the retention ago', 100, expired('2 days -20 seconds')],
    ['expired longer ago, and may have begun less than its longest life before that', 2.9, expired('2 days 1 second')],
  ])('keeps one that %s', async (_, beganDaysAgo, ended) => {
    const { ids, deviceId } = await agedSessions(gateway, 1, beganDaysAgo, ended);
    expect(await countHere()).toEqual(NOTHING);
    expect(await cleanUpHere()).toEqual(NOTHING);
    expect(await remaining(gateway, 'sessions', ids)).toBe(1);
    expect(await remaining(gateway, 'devices', [deviceId])).toBe(1);
  });

  it.each<[string, number, string]>([
    ['was revoked longer ago than the retention', 2.1, revoked('2 days 1 second')],
    ['expired longer ago', 3.1, expired('2 days 1 second')],
    ['reached its last deadline longer ago', 3.1, `now(), now() - interval '2 days 1 second', null::timestamptz, null`],
  ])('removes one that %s, and its device', async (_, beganDaysAgo, ended) => {
    const { ids, userId } = await agedSessions(gateway, 1, beganDaysAgo, ended);
    const events = await eventTypes(gateway, userId);
    expect(await countHere()).toEqual({ ...NOTHING, sessions: 1, devices: 1 });
    expect(await cleanUpHere()).toEqual({ ...NOTHING, sessions: 1, devices: 1 });
    expect(await remaining(gateway, 'sessions', ids)).toBe(0);
    expect(await eventTypes(gateway, userId)).toEqual(events);
  });

  it('goes on until nothing is left, past those that live', async () => {
    const living = await agedSessions(gateway, 1_500, 400, LIVING);
    await agedSessions(gateway, 2_100, 100, expired('50 days'));
    await agedSessions(gateway, 1_001, 100, revoked('50 days'));
    expect(await countHere()).toMatchObject({ sessions: 3_101, devices: 2 });
    expect(await cleanUpHere()).toMatchObject({ sessions: 3_101, devices: 2 });
    expect(await remaining(gateway, 'sessions', living.ids)).toBe(1_500);
  });

  it('ends after a batch when it is told to, with that batch done', async () => {
    await agedSessions(gateway, 1_500, 100, revoked('50 days'));
    expect(await cleanUpHere(() => Promise.resolve(false))).toMatchObject({ sessions: 1_000 });
    expect(await countHere()).toMatchObject({ sessions: 500 });
  });

  it('leaves what somebody holds, and waits for nobody', async () => {
    const { ids } = await agedSessions(gateway, 2, 100, revoked('50 days'));
    await holding(gateway.databaseUrl, ['select from sessions where id = $1 for update', [ids[0]]], async () => {
      expect(await cleanUpHere()).toMatchObject({ sessions: 1, devices: 0 });
    });
    expect(await cleanUpHere()).toMatchObject({ sessions: 1, devices: 1 });
  });

  it('loses no refresh that comes meanwhile', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => signUp(gateway)));
    await agedSessions(gateway, 5_000, 100, expired('50 days'));
    const traffic = startTraffic(
      [gateway.url],
      people.map(({ refreshToken }) => refreshToken),
    );
    await traffic.answers(10);
    const removed = cleanUpHere(async () => {
      await traffic.answers(10);
      return true;
    });
    expect(await removed).toMatchObject({ sessions: 5_000 });
    expect(await traffic.stop()).toEqual([]);
  });

  it('leaves no session to refresh or to end', async () => {
    const { refreshToken, session, user } = await signUp(gateway);
    await setSession(gateway, session.id, `revoked_at = now() - interval '3 days', revoke_reason = 'LOGOUT'`);
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({ reason: 'LOGOUT' });
    expect(await cleanUpHere()).toMatchObject({ sessions: 1 });
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({ code: 'INVALID_REFRESH_TOKEN' });
    expect(await logIn(gateway, { email: user.email })).toMatchObject({ __typename: 'AuthPayload' });
  });
});

describe('cleaning up devices', () => {
  const longAgo = `update devices set last_seen_at = now() - interval '3 days' where user_id = $1`;
  const ended = `update sessions set revoked_at = now() - interval '3 days', revoke_reason = 'LOGOUT' where id = $1`;

  it('keeps one that has another session, and removes it with the last', async () => {
    const first = await signUp(gateway, { deviceName: 'Laptop' });
    const second = await logIn(gateway, { email: first.user.email, deviceName: 'Laptop' });
    await gateway.sql(longAgo, [first.user.id]);
    await gateway.sql(ended, [first.session.id]);
    expect(await countHere()).toEqual({ ...NOTHING, sessions: 1 });
    expect(await cleanUpHere()).toEqual({ ...NOTHING, sessions: 1 });
    await gateway.sql(ended, [second.session.id]);
    expect(await countHere()).toEqual({ ...NOTHING, sessions: 1, devices: 1 });
    expect(await cleanUpHere()).toEqual({ ...NOTHING, sessions: 1, devices: 1 });
  });

  it('keeps one that a sign-in has recognised and not yet used', async () => {
    const { user, session } = await signUp(gateway);
    await gateway.sql(longAgo, [user.id]);
    await gateway.sql(ended, [session.id]);
    const seen = ['update devices set last_seen_at = now() where user_id = $1', [user.id]] as const;
    await holding(gateway.databaseUrl, [seen[0], [...seen[1]]], async () => {
      expect(await cleanUpHere()).toEqual({ ...NOTHING, sessions: 1 });
    });
  });

  it('takes nothing from a sign-in whose device goes at the same moment: it comes from a new one', async () => {
    const { user } = await signUp(gateway, { deviceName: 'Laptop' });
    const text = 'with ended as (delete from sessions where user_id = $1) delete from devices where user_id = $1';
    const signIn = () => logIn(gateway, { email: user.email, deviceName: 'Laptop' });
    const answer = await commitUnder(gateway.databaseUrl, { text, values: [user.id] }, signIn);
    expect(answer).toMatchObject({ __typename: 'AuthPayload', isNewDevice: true });
  });
});

describe('cleaning up the rest', () => {
  it('keeps imported tokens, used proofs and keys until they have ended, and events for their own retention', async () => {
    const { user } = await signUp(gateway);
    await gateway.sql(
      `insert into imported_refresh_tokens (digest, user_id, expires_at, revoked_at, revoke_reason)
       values (sha256('gone'), $1, now() - interval '2 days 1 second', null, null),
              (sha256('of late'), $1, now() - interval '2 days -20 seconds', null, null),
              (sha256('revoked long ago'), $1, now() + interval '1 second', now() - interval '300 days', 'LOGOUT')`,
      [user.id],
    );
    await gateway.sql(
      `insert into used_proofs values (sha256('gone'), now() - interval '1 second'),
                                      (sha256('good'), now() + interval '20 seconds')`,
    );
    await gateway.sql(
      `insert into signing_keys (kid, algorithm, state, public_jwk, private_key_encrypted, secret_id, retires_at)
       values ('gonegone', 'EdDSA', 'retiring', '{}', '', 0, now()),
              ('verifies', 'EdDSA', 'retiring', '{}', '', 0, now() + interval '20 seconds')`,
    );
    const eventAt = (days: number, ago: string) =>
      gateway.sql(
        `insert into security_events (id, type, severity, occurred_at)
         values ($1, 'login.failed', 1, now() - interval '${ago}')`,
        [uuidv7({ msecs: Date.now() - days * 86_400_000 })],
      );
    await eventAt(30.1, '30 days 1 second');
    await eventAt(30.1, '30 days -20 seconds'); // of a node whose clock was behind
    await eventAt(29.9, '29 days 23 hours');

    const removed = { ...NOTHING, importedTokens: 1, proofs: 1, events: 1, keys: 1 };
    expect(await countHere()).toEqual(removed);
    expect(await cleanUpHere()).toEqual(removed);
    expect(await countHere()).toEqual(NOTHING);
    expect(await gateway.sql('select from imported_refresh_tokens')).toHaveLength(2);
    expect(await gateway.sql('select from used_proofs')).toHaveLength(1);
    expect(await gateway.sql(`select kid from signing_keys where state = 'retiring'`)).toEqual([{ kid: 'verifies' }]);
  });

  it('goes through as many as there are', async () => {
    await gateway.sql(
      `insert into used_proofs select sha256(n::text::bytea), now() - interval '1 hour' from generate_series(1, 2500) as n`,
    );
    expect(await cleanUpHere()).toEqual({ ...NOTHING, proofs: 2_500 });
  });
});
