import { migrateUp } from '../../src/storage/migrations.js';
import { createEmbeddedHome, type EmbeddedHome } from '../support/embedded-home.js';
import { eventually } from '../support/eventually.js';
import { bearer, PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { freshEmail, refreshWith, signUp } from '../support/sign-in.js';

const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }';
const REFRESH = 'mutation ($input: RefreshInput!) { refresh(input: $input) { __typename } }';
const DISK_IS_FULL = `
  create function disk_is_full() returns trigger language plpgsql as $$ begin
    raise 'could not extend file "base/5/16391": No space left on device' using errcode = 'disk_full';
  end $$;
  create trigger full_disk before insert or update on sessions execute function disk_is_full()`;

let home: EmbeddedHome;
let gateway: Gateway;
let refreshToken: string;
let accessToken: string;
beforeAll(async () => {
  home = await createEmbeddedHome();
  const { url } = await home.start();
  await migrateUp({ url, setting: 'DATABASE_URL' });
  gateway = await startGateway({ databaseUrl: url });
  ({ refreshToken, accessToken } = await signUp(gateway));
});
afterAll(async () => {
  await gateway.close();
  await home.remove();
});

const ready = async () => (await fetch(`${gateway.url}/readyz`)).status;
const until = (status: number) => eventually(ready, (seen) => seen === status);

function expectUnavailable({ status, headers, errors }: Answer): void {
  expect(errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  expect([status, headers.get('retry-after')]).toEqual([503, '2']);
}

describe('a server that is told to be read only, as a former primary is', () => {
  const readOnly = async (value: 'on' | 'off') => {
    await gateway.sql(`alter system set default_transaction_read_only = ${value}`);
    await gateway.sql('select pg_reload_conf()');
  };

  it('makes the gateway say that it is not ready, before anything had to be written, and take it back', async () => {
    expect(await ready()).toBe(200);
    await readOnly('on');
    await until(503);
    expect(await (await fetch(`${gateway.url}/readyz`)).json()).toMatchObject({ database: false, revocations: true });
    await readOnly('off');
    await until(200);
  });

  it('answers what has to be written with 503 and when to come again, and reads go on', async () => {
    await readOnly('on');
    await until(503);
    expectUnavailable(
      await gateway.gql(SIGNUP, { input: { email: freshEmail(), password: PASSWORD, name: 'A', delivery: 'BODY' } }),
    );
    expectUnavailable(await gateway.gql(REFRESH, { input: { refreshToken } }));
    expect((await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status).toBe(200);
    await readOnly('off');
    await until(200);
    const refreshed = await refreshWith(gateway, refreshToken);
    expect(refreshed.outcome).toBe('ROTATED');
    refreshToken = refreshed.refreshToken;
  });
});

describe('a server whose disk is full', () => {
  it('makes the gateway say so once a write was refused, with 503, and take it back', async () => {
    await gateway.sql(DISK_IS_FULL);
    expect(await ready()).toBe(200);
    expectUnavailable(await gateway.gql(REFRESH, { input: { refreshToken } }));
    expect(await ready()).toBe(503);
    await gateway.sql('drop trigger full_disk on sessions');
    expect((await refreshWith(gateway, refreshToken)).outcome).toBe('ROTATED');
    await until(200);
  });
});
