import type { Config } from '../../config.js';
import { createRedisRateLimiters } from '../../storage/rate-limit/redis.js';
import { onRedis } from '../../storage/redis.js';
import { redisProblem } from '../../storage/redis-problem.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'Redis';
const OLDEST_MAJOR = 7;
/** What is counted to see whether it can be: gone after a second. */
const TRIAL = { doctor: { points: 1, windowSeconds: 1 } };

/** What it tells of itself in INFO; empty where it may not be asked. */
export type RedisFacts = Readonly<Record<string, string>>;

/** Whether gateways can count their limits there: tried as they do it. */
export async function checkRedis({ redisUrl }: Pick<Config, 'redisUrl'>): Promise<Finding[]> {
  if (redisUrl === null) return [];
  const { host } = new URL(redisUrl);
  try {
    const facts = await onRedis(redisUrl, async (redis) => {
      await createRedisRateLimiters(TRIAL, redis).hit('doctor', 'trial');
      return readFacts(await redis.info().catch(() => ''));
    });
    return judgeRedis(host, facts);
  } catch (error) {
    const [what, advice] = redisProblem(error);
    return [failed(CHECK, `${host}: ${what}`, advice)];
  }
}

export function judgeRedis(host: string, facts: RedisFacts): Finding[] {
  const version = facts['valkey_version'] ?? facts['redis_version'];
  const name = facts['valkey_version'] === undefined ? 'Redis' : 'Valkey';
  const saw = `${host}, ${version === undefined ? 'of a version that it does not tell' : `${name} ${version}`}`;
  const findings: Finding[] = [];
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST_MAJOR)
    findings.push(warning(CHECK, `${saw}: older than what is tested`, `upgrade it to ${OLDEST_MAJOR} or later`));

  const policy = facts['maxmemory_policy'] ?? 'noeviction';
  if (policy !== 'noeviction' && Number(facts['maxmemory'] ?? 0) > 0)
    findings.push(
      warning(
        CHECK,
        `${saw}: when its memory is full it forgets counters (maxmemory-policy ${policy}), and their limits begin anew`,
        'set maxmemory-policy to noeviction, in a Redis of its own where others need another one',
      ),
    );
  return findings.length > 0 ? findings : [ok(CHECK, saw)];
}

function readFacts(info: string): RedisFacts {
  return Object.fromEntries([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
}
