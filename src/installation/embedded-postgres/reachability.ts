import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Account } from './account.js';

/** What of a file's status decides who may use it. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits; the file type above them is ignored. */
  readonly mode: number;
}

const BITS = { enter: 0o1, read: 0o4 } as const;

/**
 * Whether an account may enter a folder or read a file, by its permission bits: the owner's if it owns it, otherwise
 * the group's, otherwise everybody's (POSIX.1-2017 §4.5). The account has no other groups: they are dropped with root.
 */
export function permits(target: Ownership, account: Account, use: keyof typeof BITS): boolean {
  const shift = target.uid === account.uid ? 6 : target.gid === account.gid ? 3 : 0;
  return ((target.mode >> shift) & BITS[use]) !== 0;
}

/** The outermost of the folder and its parents that the account may not enter, or null: it reaches the folder. */
export async function closedFolder(folder: string, account: Account): Promise<string | null> {
  for (const step of lineage(folder)) {
    if (!permits(await stat(step), account, 'enter')) return step;
  }
  return null;
}

/** A folder and its parents, the root of the file system first. */
function lineage(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...lineage(parent), folder];
}
