import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { memoryLimitMb } from '../../fuzz/gateway.ts';
import { TRANSPORTS } from '../../fuzz/generate/graphql-requests.ts';
import { hasSucceeded, operationOf, operations, readSchema, refusalNames } from '../../fuzz/generate/operations.ts';
import { requests, volleys } from '../../fuzz/generate/requests.ts';
import { jsonOf } from '../../fuzz/http/exchange.ts';
import { curlCommand, encode } from '../../fuzz/http/parts.ts';
import { createPool } from '../../fuzz/pool.ts';
import { readFuzzSettings } from '../../fuzz/settings.ts';

const schema = readSchema();
const RUNS = { seed: 42, numRuns: 300 };

function segment(claims: object): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}

/** As the gateway answers a sign-up. */
function signedUp(sub: string, sid: string) {
  const accessToken = `${segment({ alg: 'EdDSA' })}.${segment({ sub, sid })}.${'s'.repeat(86)}`;
  const bytes = Buffer.concat([Buffer.from([1, 0]), Buffer.from(sid.replaceAll('-', ''), 'hex'), Buffer.alloc(40)]);
  const refreshToken = `fgr_${bytes.toString('base64url')}`;
  const session = { id: sid, device: { id: '019a0000-0000-7000-8000-00000000dddd' } };
  return {
    head: '',
    body: JSON.stringify({ data: { signup: { accessToken, refreshToken, session } } }),
    refreshToken,
    accessToken,
  };
}

const SESSION_ID = '019a0000-0000-7000-8000-00000000aaaa';

function poolOfOne() {
  const pool = createPool('t');
  const draw = pool.draw(0);
  const account = draw.newAccount();
  const answer = signedUp('019a0000-0000-7000-8000-0000000000aa', SESSION_ID);
  pool.learn(draw, answer);
  return { pool, account, answer };
}

describe('operations of the schema', () => {
  it('are valid, whatever is chosen', () => {
    const { pool } = poolOfOne();
    fc.assert(
      fc.property(operations(schema), (plan) => {
        const { query } = operationOf(plan, pool.draw(0));
        expect(validate(schema, parse(query))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('reach every field at the root', () => {
    const named = fc
      .sample(operations(schema), { seed: 1, numRuns: 1_000 })
      .flatMap(({ roots }) => roots.map(({ name }) => name));
    const all = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    expect([...new Set(named)].sort()).toEqual(all.sort());
  });

  it('are made of real tokens and ids', () => {
    const { pool, account, answer } = poolOfOne();
    const variables = fc
      .sample(operations(schema), { seed: 1, numRuns: 1_000 })
      .map((plan) => JSON.stringify(operationOf(plan, pool.draw(0)).variables));
    for (const real of [answer.refreshToken, account.email, account.password, SESSION_ID, 'dddd'])
      expect(variables.some((each) => each.includes(real))).toBe(true);
  });

  it('succeed where no field is refused', () => {
    const refusals = refusalNames(schema);
    const body = (data: unknown, errors?: unknown) => ({ data, ...(errors === undefined ? {} : { errors }) });
    expect(hasSucceeded({ keys: ['r0'] }, body({ r0: { __typename: 'AuthPayload' } }), refusals)).toBe(true);
    expect(hasSucceeded({ keys: ['r0'] }, body({ r0: { __typename: 'RateLimited' } }), refusals)).toBe(false);
    expect(hasSucceeded({ keys: ['r0'] }, body({ r0: null }), refusals)).toBe(false);
    expect(hasSucceeded({ keys: ['r0'] }, body({ r0: {} }, [{}]), refusals)).toBe(false);
  });
});

describe('requests', () => {
  it('are the same for the same seed', () => {
    const bytes = () => {
      const { pool } = poolOfOne();
      return fc.sample(requests(schema), { seed: 7, numRuns: 100 }).map((plan) => plan(pool).bytes.toString('latin1'));
    };
    expect(bytes()).toEqual(bytes());
  });

  it('are of every kind', () => {
    const { pool } = poolOfOne();
    const kinds = fc
      .sample(volleys(schema), { seed: 3, numRuns: 2_000 })
      .flatMap((plans) => plans.map((plan) => plan(pool).kind));
    const expected = [...TRANSPORTS.map((each) => `graphql ${each}`), 'mutated', 'odd HTTP', 'page', 'rest', 'verify'];
    expect([...new Set(kinds)].sort()).toEqual(expected.sort());
  });

  it('say their length as it is, however they were changed', () => {
    const { pool } = poolOfOne();
    const sent = fc.sample(requests(schema), { seed: 5, numRuns: 500 }).map((plan) => plan(pool));
    for (const { bytes, parts } of sent) {
      if (parts?.body === undefined) continue;
      const length = Number(/content-length: (\d+)/.exec(bytes.toString('latin1'))?.[1]);
      expect(bytes.subarray(bytes.length - length).toString()).toBe(Buffer.from(parts.body).toString());
    }
  });

  it('are told as a command that a shell takes', () => {
    const parts = { method: 'POST', target: '/a', headers: [['x-a', "it's"]] as const, body: "{'}" };
    expect(curlCommand('http://localhost:1', parts)).toBe(
      `curl --path-as-is --globoff --request 'POST' --header 'x-a: it'\\''s' --data-binary '{'\\''}' 'http://localhost:1/a'`,
    );
    expect(encode(parts).toString()).toContain('content-length: 3\r\n');
  });
});

describe('the pool', () => {
  it('knows whose a token or an address is', () => {
    const { pool, account, answer } = poolOfOne();
    for (const text of [answer.accessToken, answer.refreshToken, account.email])
      expect(pool.ownersIn(`a ${text} b`)).toEqual(new Set([account.email]));
    expect(pool.ownersIn('nothing')).toEqual(new Set());
  });

  it('forgets a session that has ended', () => {
    const { pool } = poolOfOne();
    pool.forget(pool.draw(0).session);
    expect(pool.draw(0).session.accessToken).toBeNull();
  });
});

describe('an answer', () => {
  it('is read in chunks or whole', () => {
    expect(jsonOf('{"a":1}')).toEqual({ a: 1 });
    expect(jsonOf('4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n')).toEqual({ a: 1 });
    expect(jsonOf('<html>')).toBeUndefined();
  });
});

describe('the settings of npm run fuzz', () => {
  it('have a seed of their own unless one is given', () => {
    expect(readFuzzSettings([], () => 9)).toEqual({ mode: 'minutes', minutes: 1, seed: 9 });
    expect(readFuzzSettings(['--minutes', '10', '--seed', '3'])).toEqual({ mode: 'minutes', minutes: 10, seed: 3 });
    expect(readFuzzSettings(['--hostile', '500'])).toMatchObject({ mode: 'hostile', requests: 500 });
  });

  it.each([
    [['--minutes', '0'], '--minutes'],
    [['--hostile', 'many'], '--hostile'],
    [['--minutes', '1', '--hostile', '1'], 'one of them'],
  ])('refuse %j', (args, why) => {
    expect(() => readFuzzSettings(args)).toThrow(why);
  });

  it('take the memory limit of the pods', () => {
    expect(memoryLimitMb()).toBe(512);
  });
});
