import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, nullOn } from './system-error.js';

export type ServerState =
  /** Nothing serves the folder. `stalePid`: a server that died named this id, which another program has now. */
  | { readonly state: 'none'; readonly stalePid: number | null }
  /** Starting, recovering or shutting down. */
  | { readonly state: 'changing'; readonly pid: number }
  | { readonly state: 'ready'; readonly pid: number; readonly port: number };

export interface PostmasterFile {
  readonly pid: number;
  /** null until the server listens. */
  readonly port: number | null;
  readonly ready: boolean;
}

/** Reads `postmaster.pid`: process id, data folder, start time, port, socket folder, address, memory key, status. */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const lines = text.split('\n').map((line) => line.trim());
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return { pid, port: Number.isSafeInteger(port) && port > 0 ? port : null, ready: lines[7] === 'ready' };
}

/** Whether a command line is that of a server that was started here on this folder. */
export function servesFolder(commandLine: string, folder: string): boolean {
  const words = `${commandLine.replaceAll('\0', ' ').trim()} `;
  return /postgres/.test(words) && words.includes(` -D ${folder} `);
}

/** Tells what has become of the server on a data folder from the file that it keeps there and from its process. */
export async function observeServer(folder: string): Promise<ServerState> {
  const text = await nullOn(['ENOENT'], readFile(join(folder, 'postmaster.pid'), 'utf8'));
  const file = text === null ? null : parsePostmasterFile(text);
  if (file === null || !isAlive(file.pid)) return { state: 'none', stalePid: null };
  const commandLine = await readCommandLine(file.pid);
  if (commandLine !== null && !servesFolder(commandLine, folder)) return { state: 'none', stalePid: file.pid };
  if (!file.ready || file.port === null) return { state: 'changing', pid: file.pid };
  return { state: 'ready', pid: file.pid, port: file.port };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Empty for a process that has ended, null where the system does not tell. */
async function readCommandLine(pid: number): Promise<string | null> {
  if (process.platform === 'win32') return null;
  if (process.platform === 'linux') {
    return (await nullOn(['ENOENT', 'ESRCH'], readFile(`/proc/${pid}/cmdline`, 'utf8'))) ?? '';
  }
  try {
    return (await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}
