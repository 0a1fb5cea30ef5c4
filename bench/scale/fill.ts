import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseServer } from '../database.ts';
import type { Progress } from '../report/progress.ts';
import { idAt } from './session-ids.ts';

/** Rows copied at once: one file, one transaction, one step of the progress bar. */
const CHUNK_SESSIONS = 100_000;
const SESSIONS_A_USER = 5;
const USER_AGENT_FAMILY = 'Firefox';
/** Longer than any run. */
const LIVES_MS = 7 * 86_400_000;

/** Steps that filling `sessions` sessions takes. */
export function stepsOfFilling(sessions: number): number {
  return Math.ceil(sessions / CHUNK_SESSIONS);
}

/**
 * Fills a migrated, empty database by COPY: so many live sessions, five a user, one device a user. Afterwards it is as
 * autovacuum would have left it: vacuumed, analysed, with nothing left to write.
 *
 * The server reads the files itself, so it has to be on this machine.
 */
export async function fillSessions(
  server: DatabaseServer,
  databaseUrl: string,
  sessions: number,
  progress: Progress,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // The rows refer to each other by construction: checking each foreign key would take most of the time.
    await client.query('SET session_replication_role = replica');
    for (let from = 0; from < sessions; from += CHUNK_SESSIONS) {
      const to = Math.min(from + CHUNK_SESSIONS, sessions);
      progress.begin(`filling ${sessions.toLocaleString('en')} sessions`);
      await copyChunk(client, server.folder, from, to);
      progress.finish(`${to.toLocaleString('en')} there`);
    }
    await client.query('VACUUM (FREEZE, ANALYZE)');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function copyChunk(client: pg.Client, folder: string, from: number, to: number): Promise<void> {
  const ends = new Date(Date.now() + LIVES_MS).toISOString();
  const users = range(from / SESSIONS_A_USER, Math.ceil(to / SESSIONS_A_USER));
  const copies = [
    {
      into: 'users (id, email, email_key, name, user_type)',
      lines: users.map((user) => [
        idAt('user', user),
        `${user}@bench.example`,
        `${user}@bench.example`,
        'Bench',
        'client',
      ]),
    },
    {
      into: 'devices (id, user_id, name, recognition_key)',
      lines: users.map((user) => [idAt('device', user), idAt('user', user), 'Firefox on Linux', 'bench']),
    },
    {
      into: 'sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at)',
      lines: range(from, to).map((session) => {
        const user = Math.floor(session / SESSIONS_A_USER);
        return [idAt('session', session), idAt('user', user), idAt('device', user), USER_AGENT_FAMILY, ends, ends];
      }),
    },
  ];
  const file = join(folder, 'copy.tsv');
  for (const { into, lines } of copies) {
    await writeFile(file, `${lines.map((line) => line.join('\t')).join('\n')}\n`, { mode: 0o644 });
    await client.query(`COPY ${into} FROM '${file}'`);
  }
  await rm(file);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, nth) => from + nth);
}
