import { realpath } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Client } from 'pg';
import { StartupError } from '../../errors.js';
import { SUPERUSER } from './cluster.js';
import { hasCode, nullOn } from './system-error.js';

export const DATABASE = 'fluxgate';

const CONNECT_TIMEOUT_MS = 5_000;
const LEASE_KEY = 0x666c7578; // "flux"

/**
 * A gateway's claim on the server: a connection that holds a shared advisory lock for as long as the gateway lives,
 * whether its pool happens to be connected or not. The last one to give its lease up stops the server.
 */
export interface Lease {
  isHeld(): boolean;
  /** Gives the lease up. True: nobody else holds one, and until this connection ends nobody can take one. */
  giveUp(): Promise<boolean>;
  end(): Promise<void>;
}

export interface LeaseOptions {
  /** The data folder that the server has to be on. */
  readonly folder: string;
  readonly password: string;
  readonly applicationName: string;
}

/**
 * Takes a lease and sees to it that the gateway's database exists.
 *
 * @returns null where the server does not answer, is going down or serves another folder
 * @throws StartupError where it does not accept the password
 */
export async function takeLease(port: number, options: LeaseOptions): Promise<Lease | null> {
  const socket = new Socket();
  const client = new Client({
    stream: () => socket,
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password: options.password,
    database: 'postgres', // leases keep no database from being dropped or copied
    ssl: false,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  let held = true;
  client.on('error', () => (held = false)).on('end', () => (held = false));
  try {
    await client.connect();
    if (!(await servesFolder(client, options.folder))) throw new Error('another data folder');
    await client.query('select pg_advisory_lock_shared($1)', [LEASE_KEY]);
    await createDatabase(client);
  } catch (error) {
    await client.end().catch(() => undefined);
    if (!hasCode(error, '28P01')) return null;
    throw new StartupError(
      `The PostgreSQL on ${options.folder} does not accept the password in the file postgres-password: ` +
        'restore the file, or set FLUXGATE_DATA_DIR to another folder.',
    );
  }
  socket.unref(); // a lease keeps no process alive
  return {
    isHeld: () => held,
    giveUp: () => {
      socket.ref();
      return giveUp(client);
    },
    end: () => client.end(),
  };
}

async function servesFolder(client: Client, folder: string): Promise<boolean> {
  const { rows } = await client.query<{ data_directory: string }>('show data_directory');
  return (await nullOn(['ENOENT'], realpath(rows[0]!.data_directory))) === (await realpath(folder));
}

async function createDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
  const duplicate = ['42P04', '23505']; // a gateway that started at the same moment was faster
  if (rowCount === 0) await nullOn(duplicate, client.query(`create database ${DATABASE}`));
}

async function giveUp(client: Client): Promise<boolean> {
  await client.query('select pg_advisory_unlock_shared($1)', [LEASE_KEY]);
  const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [LEASE_KEY]);
  return rows[0]!.alone;
}
