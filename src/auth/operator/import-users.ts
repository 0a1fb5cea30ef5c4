import { validate as isUuid } from 'uuid';
import {
  importLines,
  parseDateTime,
  type ImportCounts,
  type ImportOptions,
  type Line,
  type ParsedLine,
  type RefusedLine,
} from '../../domain/line-import.js';
import { spellImported } from '../../domain/password/imported-hash.js';
import { isCostlyHash, isTooCostlyHash, isVerifiableHash } from '../../domain/password/stored-hash.js';
import { insertImportedUsers, type ImportedUser } from '../../domain/user/imported-user.js';
import { parseEmail, parseName } from '../../domain/user/parse.js';
import { USER_TYPES } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';

export type { ImportCounts, ImportOptions, Line, RefusedLine };

export interface UserImportCounts extends ImportCounts {
  /** Of those imported now: accounts whose hash takes more than ten times as long to check as one of ours. */
  readonly costlyHashes: number;
}

/**
 * Imports the accounts of another server, ids and password hashes as they are: a line each of
 * `{id, email, name, passwordHash, userType?, emailVerified?, createdAt?}`.
 */
export async function importUsers(
  deps: Pick<Deps, 'em'>,
  lines: AsyncIterable<Line>,
  options: ImportOptions,
): Promise<UserImportCounts> {
  let costlyHashes = 0;
  const insert = async (em: Deps['em'], users: readonly ImportedUser[]) => {
    const outcomes = await insertImportedUsers(em, users);
    costlyHashes += users.filter(
      ({ passwordHash }, index) => outcomes[index] === 'imported' && isCostlyHash(passwordHash ?? ''),
    ).length;
    return outcomes;
  };
  const counts = await importLines(deps.em, lines, { parse, insert }, options);
  return { ...counts, costlyHashes };
}

function parse(fields: Readonly<Record<string, unknown>>): ParsedLine<ImportedUser> {
  const { id, passwordHash, userType = 'client', emailVerified = false } = fields;
  if (typeof id !== 'string' || !isUuid(id)) return { refused: 'id is not a UUID' };

  const email = parseEmail(typeof fields['email'] === 'string' ? fields['email'] : '');
  if (!email.ok) return { refused: 'email is not an e-mail address' };
  const name = parseName(typeof fields['name'] === 'string' ? fields['name'] : '');
  if (!name.ok) return { refused: `name: ${name.message}` };

  if (typeof passwordHash !== 'string' || !isVerifiableHash(passwordHash))
    return { refused: 'passwordHash is not a bcrypt or argon2 hash that can be verified' };
  if (isTooCostlyHash(passwordHash))
    return { refused: 'passwordHash is dearer than bcrypt of cost 12, or argon2 of 128 MiB and 9 passes' };
  const type = USER_TYPES.find((known) => known === userType);
  if (!type) return { refused: `userType is not one of ${USER_TYPES.join(', ')}` };
  if (typeof emailVerified !== 'boolean') return { refused: 'emailVerified is not true or false' };
  const createdAt = parseDateTime(fields['createdAt']);
  if (createdAt === null && (fields['createdAt'] ?? null) !== null)
    return { refused: 'createdAt is not a date and time with a time zone (ISO 8601)' };

  return {
    record: {
      id: id.toLowerCase(),
      email: email.value,
      name: name.value,
      userType: type,
      passwordHash: spellImported(passwordHash),
      emailVerified,
      createdAt,
    },
  };
}
