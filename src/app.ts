import 'reflect-metadata';
import type { MikroORM } from '@mikro-orm/postgresql';
import { keepPulse, rulesOf, watchDatabase } from './app-database.js';
import { cleanUp } from './auth/operator/clean-up.js';
import { recordWorkerDeath, type WorkerDeath } from './auth/operator/record-worker-death.js';
import type { Config } from './config.js';
import { createAccessTokens, rememberVerified, type AccessTokenOptions } from './domain/access-token.js';
import { browserLoginKeysOf, deriveSecrets, refreshKeysOf } from './domain/key-derivation.js';
import { createPasswordHasher, type PasswordHasher } from './domain/password/hasher.js';
import { policiesOf, toldPoliciesOf, type RateLimiters } from './domain/rate-limit/policies.js';
import { createRotator } from './domain/session/rotate-together.js';
import { rememberUnanswered } from './domain/session/unanswered.js';
import { createSessionReader } from './domain/session/session.js';
import { keepKeyRing, type KeyRingKeeper } from './domain/signing-keys/keeper.js';
import { loadKeyRing } from './domain/signing-keys/ring.js';
import { createUserReader } from './domain/user/user.js';
import { createUpstreamTokens, UPSTREAM_TOKEN_SECONDS, type UpstreamTokens } from './domain/upstream-token.js';
import { scheduleCleanUp, type ScheduledJob } from './jobs/scheduled-clean-up.js';
import type { Logger } from './log.js';
import { createBreachedPasswords } from './outbound/breached-passwords.js';
import { createProviders } from './outbound/oidc/providers.js';
import { openOrm, poolState } from './storage/orm.js';
import { openRateLimiters, type OpenRateLimiters } from './storage/rate-limit/open.js';
import type { Channel } from './storage/rate-limit/remote.js';
import { watchWritable } from './storage/writable.js';
import { openTelemetry } from './telemetry/open-telemetry.js';
import type { Telemetry } from './telemetry/telemetry.js';
import { createEdge, type Edge } from './transport/edge/edge.js';
import type { SharedDeps } from './transport/edge/request-deps.js';
import { createServer } from './transport/server.js';

/** What a configuration leaves open until start-up. */
export interface Resolved {
  readonly databaseUrl: string;
  readonly secret: string;
  readonly publicUrl: string;
  /** Where this process is a worker: the one that counts the limits for all of them. */
  readonly primary?: Channel | null;
}

export interface App {
  listen(): Promise<void>;
  recordWorkerDeath(death: WorkerDeath): Promise<void>;
  /** Answers what is in flight, then lets go of everything. */
  close(): Promise<void>;
}

/** What is there before anything else is. */
interface Opened {
  readonly orm: MikroORM;
  readonly telemetry: Telemetry;
  readonly clock: () => Date;
}

/** This machine's clock: nothing else reads it. */
export function systemClock(): Date {
  return new Date();
}

const STANDSTILL =
  'all connections of the pool are taken, requests wait, and none has come back for longer than a transaction can last: ' +
  'this process ends, so that another one can serve';

/** The only wiring: Config -> Deps -> server. */
export async function createApp(config: Config, resolved: Resolved, log: Logger, clock = systemClock): Promise<App> {
  const telemetry = await openTelemetry(config, log);
  const orm = await openOrm(resolved.databaseUrl, config, telemetry.beginStatement, () => {
    log.fatal(STANDSTILL);
    process.exit(1);
  });
  try {
    return await assemble(config, resolved, log, { orm, telemetry, clock });
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}

async function assemble(config: Config, resolved: Resolved, log: Logger, opened: Opened): Promise<App> {
  const { orm, telemetry, clock } = opened;
  const secrets = deriveSecrets(resolved.secret, config.secretPrevious);
  const keyRing = await keepKeyRing(
    () => loadKeyRing(orm.em.fork(), secrets, config.signingAlgorithm),
    (error) => log.warn({ err: error }, 'the signing keys were not read again'),
  );
  const passwords = openPasswords(config, log);
  const unanswered = rememberUnanswered(() => orm.em.fork());
  const revocations = await watchDatabase(config, resolved.databaseUrl, opened, unanswered, log);
  const pulse = await keepPulse(config, resolved.databaseUrl, log);

  const tokenOptions = tokenOptionsOf(config, resolved, clock, keyRing);
  const deps: SharedDeps = {
    em: orm.em.fork(),
    readUser: createUserReader(orm.em.fork()),
    readSessions: createSessionReader(orm.em.fork()),
    rotate: createRotator(orm.em.fork(), rulesOf(config, pulse), unanswered),
    databaseIsWritable: watchWritable(orm),
    clock,
    settings: settingsOf(config, resolved),
    passwords: telemetry.watchPasswords(passwords),
    isBreached: breachedPasswordsOf(config, clock, log, telemetry),
    accessTokens: rememberVerified(createAccessTokens(tokenOptions), tokenOptions),
    upstreamTokens: upstreamTokensOf(config.forwardAuthAudience, tokenOptions),
    refreshKeys: refreshKeysOf(secrets),
    deviceKeys: { signing: secrets.current.device, verifying: secrets.all.map(({ device }) => device) },
    keyRing: keyRing.current,
    revocations: telemetry.watchRevocations(revocations),
    providers: reachProviders(config, resolved, clock, log, telemetry),
    browserLoginKeys: browserLoginKeysOf(secrets),
    countRefresh: telemetry.countRefresh,
  };
  telemetry.watchPool(() => poolState(orm));

  const counting = await openLimits(config, resolved, log);
  const limiters = telemetry.watchLimits(counting.limiters);
  const edge = edgeOf(config, resolved, deps, limiters, telemetry);
  const server = await createServer(edge, log);
  const cleaning = config.cleanUpIntervalSeconds > 0 ? scheduleCleaning(config, orm, telemetry, log) : null;

  return {
    async listen() {
      await telemetry.listen();
      await server.fastify.listen({ host: config.host, port: config.port });
    },
    recordWorkerDeath: (death) => recordWorkerDeath({ em: orm.em.fork() }, death),
    async close() {
      await server.close();
      await telemetry.close();
      await cleaning?.stop();
      await revocations.stop();
      await pulse.stop();
      await keyRing.stop();
      await passwords.close();
      counting.close();
      await orm.close(true);
    },
  };
}

function tokenOptionsOf(
  { audience, accessTtlSeconds: ttlSeconds }: Config,
  { publicUrl: issuer }: Resolved,
  clock: () => Date,
  { current: keys }: Pick<KeyRingKeeper, 'current'>,
): AccessTokenOptions {
  return { issuer, audience, ttlSeconds, clock, keys };
}

/** Access tokens in all but audience and life: whoever verifies ours can verify these. */
function upstreamTokensOf(audience: string | null, options: AccessTokenOptions): UpstreamTokens | null {
  if (audience === null) return null;
  const tokens = createAccessTokens({ ...options, audience, ttlSeconds: UPSTREAM_TOKEN_SECONDS });
  return createUpstreamTokens((claims, lifeSeconds) => tokens.sign(claims, lifeSeconds), options.clock);
}

function reachProviders(
  { providers }: Config,
  { publicUrl }: Resolved,
  clock: () => Date,
  log: Logger,
  telemetry: Telemetry,
) {
  const onUnreachable = (provider: string, err: unknown) => log.warn({ provider, err }, 'a provider was not reached');
  return createProviders({ providers, publicUrl, clock, onUnreachable, fetch: telemetry.watchFetch(fetch) });
}

function breachedPasswordsOf(
  { breachedPasswordsUrl: url }: Config,
  clock: () => Date,
  log: Logger,
  telemetry: Telemetry,
) {
  return createBreachedPasswords({ url, clock, log, fetch: telemetry.watchFetch(fetch) });
}

function settingsOf(config: Config, { publicUrl }: Resolved): SharedDeps['settings'] {
  const { signup, refreshIdleTtlSeconds, refreshAbsoluteTtlSeconds, sessionLimit } = config;
  const signupOpen = signup === 'open';
  return { issuer: publicUrl, signupOpen, refreshIdleTtlSeconds, refreshAbsoluteTtlSeconds, sessionLimit };
}

function edgeOf(
  config: Config,
  { publicUrl }: Resolved,
  deps: SharedDeps,
  limiters: RateLimiters,
  { observer }: Telemetry,
): Edge {
  const settings = { ...config, publicUrl, production: config.environment === 'production' };
  return createEdge({ settings, deps, limiters, toldPolicies: toldPoliciesOf(config), observer });
}

function openPasswords(config: Config, log: Logger): PasswordHasher {
  return createPasswordHasher({
    threads: config.hashThreads,
    queueLimit: config.hashQueueLimit,
    waitLimitMs: config.hashWaitLimitSeconds * 1000,
    onThreadFailure: (error) => log.error({ err: error }, 'a password thread failed'),
  });
}

function openLimits(config: Config, { primary = null }: Resolved, log: Logger): Promise<OpenRateLimiters> {
  return openRateLimiters({
    policies: policiesOf(config),
    redisUrl: config.redisUrl,
    primary,
    onAway: (name, err) => log.warn({ err }, `${name} does not answer: limits are counted without it`),
    onBack: (name) => log.warn(`${name} answers again`),
  });
}

function scheduleCleaning(config: Config, orm: MikroORM, telemetry: Telemetry, log: Logger): ScheduledJob {
  const count = telemetry.watchCleanUp();
  return scheduleCleanUp({
    intervalSeconds: config.cleanUpIntervalSeconds,
    cleanUp: (pace) => cleanUp({ em: orm.em.fork() }, config, pace),
    onCleanedUp(removed) {
      count(removed);
      if (Object.values(removed).some((rows: number) => rows > 0)) log.info({ removed }, 'removed what ended long ago');
    },
    onError: (error) => log.warn({ err: error }, 'what ended long ago was not removed'),
  });
}
