import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

/** Several nodes are one issuer. */
const env = { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };
const REVOKE_ALL = 'mutation { revokeAll { __typename } }';

let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway({ env });
});
afterEach(() => gateway.close());

async function statusWith({ accessToken }: Pick<SignedIn, 'accessToken'>, node = gateway): Promise<number> {
  return (await node.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

async function signInAndRevoke(): Promise<SignedIn> {
  const signedIn = await signUp(gateway);
  expect((await gateway.gql(REVOKE_ALL, {}, bearer(signedIn.accessToken))).status).toBe(200);
  return signedIn;
}

/** As a fail-over to a standby that had not heard of it. */
async function lose({ session }: Pick<SignedIn, 'session'>): Promise<void> {
  await setSession(gateway, session.id, 'revoked_at = null, revoke_reason = null');
  await gateway.sql('delete from security_events where session_id = $1', [session.id]);
}

/** The feed's connection is lost with it, and opened again. */
async function cutFeed(): Promise<void> {
  await gateway.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
     and query like '%revoked_at > greatest(%'`,
  );
}

async function untilEndedAgain({ session }: Pick<SignedIn, 'session'>): Promise<void> {
  const row = await eventually(
    () => sessionRow(gateway, session.id),
    ({ revoked_at }) => revoked_at !== null,
  );
  expect(row.revoke_reason).toBe('REVOKED_BY_USER');
}

describe('a revocation that the database has lost', () => {
  it('is not forgotten by any read, and is written back with its reason and an event that tells it', async () => {
    const lost = [await signInAndRevoke(), await signInAndRevoke()];
    const bystander = await signUp(gateway);
    for (const each of lost) await lose(each);
    await cutFeed();
    for (const each of lost) {
      expect(await statusWith(each)).toBe(401);
      await untilEndedAgain(each);
      expect(await sessionEvents(gateway, each.session.id)).toMatchObject([
        {
          type: 'session.revoked',
          user_id: each.user.id,
          details: { reason: 'REVOKED_BY_USER', databaseHadLostIt: true },
        },
      ]);
      expect(await statusWith(each)).toBe(401);
      expect(await refreshWith(gateway, each.refreshToken)).toMatchObject({ reason: 'REVOKED_BY_USER' });
    }
    expect(gateway.logLines.filter((line) => line.includes('the database had lost that sessions'))).toHaveLength(1);
    expect(await statusWith(bystander)).toBe(200);
    expect((await refreshWith(gateway, bystander.refreshToken)).outcome).toBe('ROTATED');
  });

  it('is known to a gateway that starts once it has been written back', async () => {
    const lost = await signInAndRevoke();
    await lose(lost);
    await cutFeed();
    await untilEndedAgain(lost);
    const next = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      expect(await statusWith(lost, next)).toBe(401);
    } finally {
      await next.close();
    }
  });

  it('cannot be refreshed meanwhile by way of a gateway that knows of it', async () => {
    const lost = await signInAndRevoke();
    await lose(lost);
    expect(await refreshWith(gateway, lost.refreshToken)).toMatchObject({ reason: 'REVOKED_BY_USER' });
    expect((await sessionRow(gateway, lost.session.id)).revoked_at).not.toBeNull();
  });

  it('is written back by a gateway that has only read of it', async () => {
    const reader = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const lost = await signUp(gateway);
      await setSession(gateway, lost.session.id, `revoked_at = now(), revoke_reason = 'REVOKED_BY_ADMIN'`);
      await eventually(
        () => statusWith(lost, reader),
        (status) => status === 401,
      );
      await lose(lost);
      expect(await refreshWith(reader, lost.refreshToken)).toMatchObject({ reason: 'REVOKED_BY_ADMIN' });
    } finally {
      await reader.close();
    }
  });

  it('is not what somebody only says on the channel', async () => {
    const lost = await signInAndRevoke();
    const rumoured = await signUp(gateway);
    await gateway.sql(`select pg_notify('fluxgate_revocations', $1)`, [rumoured.session.id]);
    await eventually(
      () => statusWith(rumoured),
      (status) => status === 401,
    );
    await lose(lost);
    await cutFeed();
    await untilEndedAgain(lost);
    expect((await refreshWith(gateway, rumoured.refreshToken)).outcome).toBe('ROTATED');
  });

  it('ends again where the database cannot be written at first', async () => {
    const lost = await signInAndRevoke();
    await lose(lost);
    await gateway.sql(`create function refuse_end() returns trigger language plpgsql as $$ begin
      raise 'cannot execute UPDATE in a read-only transaction' using errcode = 'read_only_sql_transaction'; end $$;
      create trigger refuse_end before update of revoked_at on sessions for each row execute function refuse_end()`);
    await cutFeed();
    await eventually(
      () => Promise.resolve(gateway.logLines.join('')),
      (log) => log.includes('the list of revoked sessions was not updated'),
    );
    expect(await statusWith(lost)).toBe(401);
    await gateway.sql('drop trigger refuse_end on sessions');
    await untilEndedAgain(lost);
  });
});
