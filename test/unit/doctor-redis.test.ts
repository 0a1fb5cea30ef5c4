import { judgeRedis } from '../../src/cli/doctor/redis.js';
import { redisProblem } from '../../src/storage/redis-problem.js';

const withCode = (code: string, message = 'said so') => Object.assign(new Error(message), { code });

describe('what a Redis tells of itself', () => {
  it.each([
    ['Redis 7', { redis_version: '7.0.15' }, 'ok', 'cache:6379, Redis 7.0.15'],
    ['Valkey', { redis_version: '7.2.4', valkey_version: '8.1.3' }, 'ok', 'cache:6379, Valkey 8.1.3'],
    ['nothing', {}, 'ok', 'cache:6379, of a version that it does not tell'],
    ['an older version', { redis_version: '6.2.14' }, 'warning', 'cache:6379, Redis 6.2.14: older than what is tested'],
  ])('is judged: %s', (_, facts, outcome, saw) => {
    expect(judgeRedis('cache:6379', facts)).toEqual([expect.objectContaining({ outcome, saw })]);
  });
});

describe('what stands between a gateway and its Redis', () => {
  it.each([
    ['no route', withCode('EHOSTUNREACH'), 'it does not answer'],
    ['a name server that is down', withCode('EAI_AGAIN'), 'its host name is not known'],
    ['every address of a name', new AggregateError([withCode('ECONNREFUSED')]), 'nothing listens there'],
    ['a disk that is full', new Error('MISCONF Redis is configured to save RDB snapshots'), 'it takes no writes'],
    ['a certificate of another host', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'its certificate is for another host'],
    ['a certificate of yesterday', withCode('CERT_HAS_EXPIRED'), 'its certificate has expired'],
    ['a proxy that cuts', withCode('ECONNRESET'), 'it cuts the connection'],
    [
      'a script that may not',
      new Error('ACL failure in script: No permissions'),
      'its user may not count (ACL failure',
    ],
    ['what nobody has foreseen', new Error('ERR max number of clients reached'), 'it refuses (ERR max number'],
  ])('is one sentence, and what to do: %s', (_, error, saw) => {
    const [what, advice] = redisProblem(error);
    expect(what).toContain(saw);
    expect(advice).not.toBe('');
  });
});
