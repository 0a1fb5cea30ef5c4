import { Redis } from 'ioredis';
import { within } from './within.js';

const CONNECT_TIMEOUT_MS = 2_000;
/** Without an answer for so long the connection is made anew: it may lead to a machine that is gone. */
const SOCKET_TIMEOUT_MS = 5_000;
const LONGEST_PAUSE_MS = 1_000;

/**
 * The only place that opens connections to Redis. Where it cannot be made within 2 s it is made later, again and again.
 * What is sent fails at once while there is none, and nothing is sent twice.
 */
export async function openRedis(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectionName: 'fluxgate',
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (attempts) => Math.min(attempts * 100, LONGEST_PAUSE_MS),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => undefined); // the command in flight fails with it, and tells
  await within(CONNECT_TIMEOUT_MS, redis.connect()).catch(() => undefined);
  return redis;
}

/**
 * Runs `work` on one connection and ends it. Nothing is tried again, and all of it is bounded.
 *
 * @throws what was said first of why it cannot be done: `redisProblem` turns it into a sentence.
 */
export async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectionName: 'fluxgate doctor',
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableReadyCheck: false, // whoever may not ask for INFO may still count
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  const failed = new Promise<never>((_, reject) => redis.on('error', reject));
  try {
    return await within(SOCKET_TIMEOUT_MS, Promise.race([failed, redis.connect().then(() => work(redis))]));
  } finally {
    redis.disconnect();
  }
}
