import type { MikroORM } from '@mikro-orm/postgresql';
import { upholdRevocations } from './auth/uphold-revocations.js';
import type { Config } from './config.js';
import { createClockOffset } from './domain/clock-offset.js';
import { startPulse, type Pulse } from './domain/pulse/pulse.js';
import { watchRevocations } from './domain/revocations/revocations.js';
import type { RotationRules } from './domain/session/rotate.js';
import type { Unanswered } from './domain/session/unanswered.js';
import type { Logger } from './log.js';
import { feedOptions, pulseWays } from './storage/connection.js';
import type { Telemetry } from './telemetry/telemetry.js';

interface Watching {
  readonly orm: MikroORM;
  readonly telemetry: Telemetry;
  readonly clock: () => Date;
}

/** What this node learns from asking the database every second: who was revoked, and its time. */
export async function watchDatabase(
  config: Config,
  databaseUrl: string,
  { orm, telemetry, clock }: Watching,
  unanswered: Unanswered,
  log: Logger,
) {
  const offset = createClockOffset((aheadSeconds) =>
    log.warn({ aheadSeconds }, 'the clocks of this machine and of the database are apart: synchronise both (NTP)'),
  );
  telemetry.watchClock(offset.aheadSeconds);
  return watchRevocations({
    em: () => orm.em.fork(),
    connection: feedOptions(databaseUrl, config),
    clock,
    accessTtlSeconds: config.accessTtlSeconds,
    onError: (error) => log.warn({ err: error }, 'the list of revoked sessions was not updated'),
    endAgain: (sessionIds, reason) => upholdRevocations({ em: orm.em.fork() }, sessionIds, reason),
    onEndedAgain: (sessions) =>
      log.warn({ sessions }, 'the database had lost that sessions were revoked: they have been ended again'),
    onClockSeen: offset.see,
    onDeaf: () => log.warn('no notification comes through DATABASE_URL: what others revoke is known within a second'),
    onOutageOver: (durationMs) => {
      log.warn({ durationMs }, 'the database answers again');
      void unanswered
        .settle()
        .catch((err: unknown) => log.warn({ err }, 'answers that were lost were not written down'));
    },
  });
}

export function keepPulse(config: Config, databaseUrl: string, log: Logger): Promise<Pulse> {
  return startPulse({
    ways: pulseWays(databaseUrl, config),
    onStill: (err) => log.warn({ err }, 'the pulse stands still'),
    onGoesOn: () => log.warn('the pulse goes on'),
  });
}

/** As they are at the moment of a refresh. */
export function rulesOf(config: Config, pulse: Pulse): () => RotationRules {
  const { refreshGraceSeconds, refreshOutageGraceSeconds, refreshIdleTtlSeconds: idleTtlSeconds } = config;
  const lasting = { graceSeconds: refreshGraceSeconds, longestLostSeconds: refreshOutageGraceSeconds, idleTtlSeconds };
  return () => ({ ...lasting, watched: pulse.watched() });
}
