import { eventually } from '../support/eventually.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { sessionEvents, sessionRow } from '../support/session-rows.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

/** Several nodes are one issuer. */
const env = { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(() => gateway.close());

async function statusWith({ accessToken }: Pick<SignedIn, 'accessToken'>, node = gateway): Promise<number> {
  return (await node.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

async function endMany(
  field: 'revokeOthers' | 'revokeAll',
  { accessToken }: SignedIn,
): Promise<{ revokedCount: number; sessions: { id: string; status: string; endReason: string }[] }> {
  const document = `mutation { ${field} { ... on RevokeManyPayload { revokedCount sessions { id status endReason } } } }`;
  return (await gateway.gql<Record<string, Awaited<ReturnType<typeof endMany>>>>(document, {}, bearer(accessToken)))
    .data[field]!;
}

/** One user, signed in on three devices. */
async function signInThrice(): Promise<[SignedIn, SignedIn, SignedIn]> {
  const first = await signUp(gateway, { deviceName: 'One' });
  const { email } = first.user;
  return [
    first,
    await logIn(gateway, { email, deviceName: 'Two' }),
    await logIn(gateway, { email, deviceName: 'Three' }),
  ];
}

describe('revokeOthers', () => {
  it("ends the user's other sessions at once, and neither this one nor another user's", async () => {
    const bystander = await signUp(gateway);
    const [one, two, three] = await signInThrice();
    const ended = await endMany('revokeOthers', two);
    expect(ended.revokedCount).toBe(2);
    expect(ended.sessions.map(({ id }) => id).sort()).toEqual([one.session.id, three.session.id].sort());
    expect(new Set(ended.sessions.map(({ status, endReason }) => `${status} ${endReason}`))).toEqual(
      new Set(['REVOKED REVOKED_BY_USER']),
    );
    expect(await Promise.all([one, two, three, bystander].map((who) => statusWith(who)))).toEqual([401, 200, 401, 200]);
    expect((await refreshWith(gateway, one.refreshToken)).reason).toBe('REVOKED_BY_USER');
    expect((await refreshWith(gateway, two.refreshToken)).outcome).toBe('ROTATED');
  });

  it('ends nothing where there is no other, and leaves those that had ended as they were', async () => {
    const [one, two, three] = await signInThrice();
    await endMany('revokeOthers', one);
    const before = await Promise.all([two, three].map(({ session }) => sessionRow(gateway, session.id)));
    expect(await endMany('revokeOthers', one)).toEqual({ revokedCount: 0, sessions: [] });
    expect(await Promise.all([two, three].map(({ session }) => sessionRow(gateway, session.id)))).toEqual(before);
  });
});

describe('revokeAll', () => {
  it('ends every session of the user at once, this one too, with an event for each', async () => {
    const bystander = await signUp(gateway);
    const everywhere = await signInThrice();
    expect((await endMany('revokeAll', everywhere[0])).revokedCount).toBe(3);
    for (const signedIn of everywhere) {
      expect(await statusWith(signedIn)).toBe(401);
      expect((await refreshWith(gateway, signedIn.refreshToken)).reason).toBe('REVOKED_BY_USER');
      const events = await sessionEvents(gateway, signedIn.session.id);
      expect(events.filter(({ type }) => type === 'session.revoked')).toHaveLength(1);
    }
    expect(await statusWith(bystander)).toBe(200);
  });

  it('leaves the account: signing in again works', async () => {
    const [one] = await signInThrice();
    await endMany('revokeAll', one);
    expect(await statusWith(await logIn(gateway, { email: one.user.email }))).toBe(200);
  });
});

describe('without a credential', () => {
  it.each(['revoke', 'revokeOthers', 'revokeAll'])(
    '%s is 401 UNAUTHENTICATED and says how to come back',
    async (field) => {
      const answer = await gateway.gql(`mutation { ${field} { __typename } }`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate"');
      expect(answer.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    },
  );
});

describe('a session revoked on one node', () => {
  it('is refused by the others within seconds, its access tokens too', async () => {
    const other = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const [one, two] = await signInThrice();
      expect(await statusWith(one, other)).toBe(200);
      await endMany('revokeOthers', two);
      expect((await refreshWith(other, one.refreshToken)).reason).toBe('REVOKED_BY_USER');
      await eventually(
        () => statusWith(one, other),
        (status) => status === 401,
      );
      expect(await statusWith(two, other)).toBe(200);
    } finally {
      await other.close();
    }
  });

  it('is known to a node from its first request, however late it starts', async () => {
    const [one, two] = await signInThrice();
    await endMany('revokeOthers', two);
    const restarted = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      expect([await statusWith(one, restarted), await statusWith(two, restarted)]).toEqual([401, 200]);
    } finally {
      await restarted.close();
    }
  });
});
