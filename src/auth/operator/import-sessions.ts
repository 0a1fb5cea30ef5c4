import { validate as isUuid } from 'uuid';
import { parseDeviceName } from '../../domain/device/device-name.js';
import { insertImportedTokens, type NewImportedToken } from '../../domain/imported-token.js';
import {
  importLines,
  parseDateTime,
  type ImportCounts,
  type ImportOptions,
  type Line,
  type ParsedLine,
} from '../../domain/line-import.js';
import type { Deps } from '../deps.js';

const SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * Imports the refresh tokens of another server by their digests, so that nobody is signed out when this one takes
 * over: a line each of `{tokenSha256, userId, expiresAt, deviceName?}`. The users are imported before.
 */
export function importSessions(
  deps: Pick<Deps, 'em'>,
  lines: AsyncIterable<Line>,
  options: ImportOptions,
): Promise<ImportCounts> {
  return importLines(deps.em, lines, { parse, insert: insertImportedTokens }, options);
}

function parse(fields: Readonly<Record<string, unknown>>): ParsedLine<NewImportedToken> {
  const { tokenSha256, userId, deviceName = null } = fields;
  if (typeof tokenSha256 !== 'string' || !SHA256_HEX.test(tokenSha256))
    return { refused: 'tokenSha256 is not a SHA-256 in 64 hexadecimal characters' };
  if (typeof userId !== 'string' || !isUuid(userId)) return { refused: 'userId is not a UUID' };
  const expiresAt = parseDateTime(fields['expiresAt']);
  if (expiresAt === null) return { refused: 'expiresAt is not a date and time with a time zone (ISO 8601)' };

  const name = typeof deviceName === 'string' ? parseDeviceName(deviceName) : null;
  if (deviceName !== null && !name?.ok) return { refused: 'deviceName is not a name of 1 to 64 characters' };
  return {
    record: {
      tokenSha256,
      userId: userId.toLowerCase(),
      expiresAt,
      deviceName: name?.ok ? name.name : null,
    },
  };
}
