import { migrateUp } from '../../src/storage/migrations.js';
import { startDebianPostgres, startStandby, type DebianPostgres } from '../support/debian-postgres.js';
import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { query } from '../support/postgres.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const env = {
  FLUXGATE_RATE_LIMIT_SCALE: '100000',
  FLUXGATE_HASH_QUEUE: '100',
  FLUXGATE_PUBLIC_URL: 'http://localhost:4000',
};
const PEOPLE = 8;

let primary: DebianPostgres;
let standby: DebianPostgres;
let gateways: Gateway[];
let databaseUrl: string;
beforeEach(async () => {
  primary = await startDebianPostgres();
  await migrateUp({ url: primary.adminUrl, setting: 'DATABASE_URL' });
  standby = await startStandby(primary);
  const { host } = new URL(primary.adminUrl);
  databaseUrl = primary.adminUrl.replace(host, `${new URL(standby.adminUrl).host},${host}`); // the standby first
  gateways = [await startGateway({ env, databaseUrl }), await startGateway({ env, databaseUrl })];
});
afterEach(async () => {
  for (const gateway of gateways) await gateway.close();
  await primary.stop();
  await standby.stop();
});

const ready = async ({ url }: Gateway) => (await fetch(`${url}/readyz`)).status === 200;
const meStatus = async (gateway: Gateway, { accessToken }: Pick<SignedIn, 'accessToken'>) =>
  (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;
const promote = () => query(standby.adminUrl, 'select pg_promote()');

async function followSynchronously(): Promise<void> {
  await query(primary.adminUrl, `alter system set synchronous_standby_names = '*'`);
  await query(primary.adminUrl, 'select pg_reload_conf()');
  await eventually(
    () => query<{ sync_state: string }>(primary.adminUrl, 'select sync_state from pg_stat_replication'),
    ([state]) => state?.sync_state === 'sync',
  );
}

interface Life {
  readonly signedIn: SignedIn;
  /** The newest token that was acknowledged. */
  refreshToken: string;
  rotations: number;
  refusals: (string | undefined)[];
}

/** Refreshes over and over, and repeats what was not acknowledged, as a good client does. */
async function live(life: Life, at: number, over: () => boolean): Promise<void> {
  for (let turn = at; !over(); turn += 1) {
    const refreshed = await refreshWith(gateways[turn % gateways.length]!, life.refreshToken).catch(() => null);
    if (!refreshed) continue;
    if (refreshed.__typename !== 'RefreshPayload') life.refusals.push(refreshed.code);
    else life.refreshToken = refreshed.refreshToken;
    life.rotations += 1;
  }
}

describe('a fail-over to a synchronous standby, while people refresh', () => {
  it('loses nothing that was acknowledged, and is found by the gateways themselves', async () => {
    await followSynchronously();
    const people = await Promise.all(Array.from({ length: PEOPLE }, (_, at) => signUp(gateways[at % 2]!)));
    const revoked = await signUp(gateways[0]!);
    expect((await gateways[0]!.gql('mutation { revoke { __typename } }', {}, bearer(revoked.accessToken))).status).toBe(
      200,
    );

    const lives = people.map((signedIn): Life => ({
      signedIn,
      refreshToken: signedIn.refreshToken,
      rotations: 0,
      refusals: [],
    }));
    let over = false;
    const ends = Promise.all(lives.map((life, at) => live(life, at, () => over)));
    const allHaveRotated = (times: number) =>
      eventually(
        () => Promise.resolve(lives),
        (all) => all.every(({ rotations }) => rotations > times),
      );
    await allHaveRotated(3);
    await primary.kill();
    await promote();
    const soFar = Math.max(...lives.map(({ rotations }) => rotations));
    await allHaveRotated(soFar + 3);
    over = true;
    await ends;

    for (const gateway of gateways) await eventually(() => ready(gateway), Boolean);
    expect(lives.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect((await refreshWith(gateways[1]!, revoked.refreshToken)).reason).toBe('LOGOUT');
    expect((await logIn(gateways[0]!, { email: people[0]!.user.email })).__typename).toBe('AuthPayload');
    for (const gateway of gateways) expect(await meStatus(gateway, revoked)).toBe(401);
  });
});

describe('a fail-over to an asynchronous standby, which has lost the last commits', () => {
  /** From now on it hears nothing, as when the line between the two is down. */
  async function cutOff(): Promise<void> {
    await query(standby.adminUrl, `alter system set primary_conninfo = ''`);
    await query(standby.adminUrl, 'select pg_reload_conf()');
    await eventually(
      () => query(primary.adminUrl, 'select from pg_stat_replication'),
      (followers) => followers.length === 0,
    );
  }

  it('keeps every session that it has heard of, and no revocation that a gateway knows is undone', async () => {
    const revoked = await Promise.all(Array.from({ length: PEOPLE }, () => signUp(gateways[0]!)));
    const alive = await signUp(gateways[1]!);
    await eventually(
      () => query(standby.adminUrl, 'select from sessions'),
      (rows) => rows.length === PEOPLE + 1,
    );
    await cutOff();
    for (const each of revoked)
      expect((await gateways[0]!.gql('mutation { revoke { __typename } }', {}, bearer(each.accessToken))).status).toBe(
        200,
      );
    const rotated = await refreshWith(gateways[0]!, alive.refreshToken);
    const unheardOf = await signUp(gateways[0]!);
    await primary.kill();
    await promote();

    const rows = await eventually(
      () =>
        query<{ reason: string; told: boolean }>(
          standby.adminUrl,
          `select s.revoke_reason as reason, (e.details->>'databaseHadLostIt')::boolean as told from sessions s
           join security_events e on e.session_id = s.id and e.type = 'session.revoked'`,
        ),
      (ended) => ended.length === PEOPLE,
    );
    expect(rows).toEqual(revoked.map(() => ({ reason: 'LOGOUT', told: true })));
    const started = await startGateway({ env, databaseUrl });
    gateways.push(started);
    for (const gateway of gateways) {
      await eventually(() => ready(gateway), Boolean);
      for (const each of revoked) expect(await meStatus(gateway, each)).toBe(401);
    }
    for (const each of revoked) expect((await refreshWith(started, each.refreshToken)).reason).toBe('LOGOUT');
    expect((await refreshWith(started, rotated.refreshToken)).outcome).toBe('ROTATED');
    expect((await refreshWith(started, unheardOf.refreshToken)).code).toBe('INVALID_REFRESH_TOKEN');
  });
});
