import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp/receiver.js';
import { traceOf } from '../support/otlp/traces.js';
import { holding } from '../support/postgres.js';
import { freshEmail, logIn, signUp, type SignedIn } from '../support/sign-in.js';

const SESSIONS = 12;

let receiver: OtlpReceiver;
let gateway: Gateway;
let signedIn: SignedIn;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, FLUXGATE_RATE_LIMIT_SCALE: '1000' };
  gateway = await startGateway({ env });
  signedIn = await signUp(gateway);
  for (let more = 1; more < SESSIONS; more += 1)
    await logIn(gateway, { email: signedIn.user.email, deviceName: `Device ${more}` });
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
});

/** The statements that one request sent, by their names. */
async function statementsOf(ask: (headers: Record<string, string>) => Promise<unknown>): Promise<string[]> {
  const spans = await traceOf(receiver, ask);
  return spans.filter(({ kind, name }) => kind === 'CLIENT' && name !== 'CONNECT').map(({ name }) => name);
}

const query = (document: string) =>
  statementsOf((headers) => gateway.gql(document, {}, { ...headers, ...bearer(signedIn.accessToken) }));
const get = (path: string) =>
  statementsOf((headers) =>
    fetch(`${gateway.url}${path}`, { headers: { ...headers, ...bearer(signedIn.accessToken) } }),
  );

describe('one statement, however many rows it shows,', () => {
  it.each([
    ['me', '{ me { id email name roles createdAt } }', ['users-by-ids']],
    ['session', '{ session { id status device { name } } }', ['sessions-by-ids']],
    ['sessions', '{ sessions { id status device { name } isCurrent } }', ['active-sessions']],
    ['sessions that were revoked', '{ sessions(status: REVOKED) { id device { name } } }', ['revoked-sessions']],
    ['identities', '{ identities { id provider } }', ['SELECT identities']],
    ['securityEvents', '{ securityEvents(first: 100) { nodes { id type } } }', ['SELECT security_events']],
    ['nothing at all', '{ authConfig { signupEnabled } }', []],
  ])('is what a query costs: %s', async (_, document, statements) => {
    expect(await query(document)).toEqual(statements);
  });

  it.each([
    ['GET /api/auth/me', '/api/auth/me', ['users-by-ids']],
    ['GET /api/auth/sessions', '/api/auth/sessions', ['active-sessions']],
    ['GET /api/auth/token-info', '/api/auth/token-info', ['users-by-ids']],
  ])('is what REST costs: %s', async (_, path, statements) => {
    expect(await get(path)).toEqual(statements);
  });

  it('is shared by two who ask for the same list in one document', async () => {
    const both = await query('{ a: sessions { id device { name } } b: sessions { id } me { id } again: me { id } }');
    expect(both.toSorted()).toEqual(['active-sessions', 'users-by-ids']);
  });
});

describe('a unit of work', () => {
  it('of signing in locks the user, finds the device, and writes all at once', async () => {
    const { email } = signedIn.user;
    expect(await statementsOf((headers) => logIn(gateway, { email, deviceName: 'Device 1' }, headers))).toEqual([
      'user-by-email',
      'BEGIN',
      'SELECT users',
      'SELECT devices',
      'INSERT security_events',
      'INSERT sessions',
      'UPDATE devices',
      'COMMIT',
      'sessions-by-ids', // the answer shows it
    ]);
  });

  it('of signing up writes each table once', async () => {
    expect(await statementsOf((headers) => signUp(gateway, {}, headers))).toEqual([
      'user-by-email',
      'BEGIN',
      'SELECT devices',
      'INSERT security_events',
      'INSERT users',
      'INSERT devices',
      'INSERT sessions',
      'COMMIT',
      'sessions-by-ids',
    ]);
  });

  it('of a refresh is one statement, which is its own transaction', async () => {
    const refresh = 'mutation { refresh(input: { refreshToken: "TOKEN" }) { __typename } }';
    const { refreshToken } = await logIn(gateway, { email: signedIn.user.email });
    const statements = await statementsOf((headers) =>
      gateway.gql(refresh.replace('TOKEN', refreshToken), {}, headers),
    );
    expect(statements).toEqual(['rotate-refresh-token']);
  });
});

describe('the text of a statement', () => {
  it('has no value in it: the database logs it, and shows it to whoever watches', async () => {
    const email = freshEmail();
    const rival = `insert into users (id, email, email_key, name, user_type) values (gen_random_uuid(), $1, $1, 'R', 'client')`;
    let signedUp: Promise<SignedIn> | undefined;
    await holding(gateway.databaseUrl, [rival, [email]], async () => {
      signedUp = signUp(gateway, { email, name: 'Ada Lovelace' });
      const [waiting] = await eventually(
        () =>
          gateway.sql<{ query: string }>(
            `select query from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into "users"%'`,
          ),
        (found) => found.length === 1,
      );
      expect(waiting!.query).not.toMatch(/argon2|Ada/);
      expect(waiting!.query).not.toContain(email);
    });
    expect(await signedUp).toMatchObject({ __typename: 'AuthPayload' });
  });
});
