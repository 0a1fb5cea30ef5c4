import { pino, stdTimeFunctions, type LevelWithSilent, type Logger } from 'pino';
import { isColorSupported, prettyFactory } from 'pino-pretty';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: LevelWithSilent;
  /** For people at a terminal; otherwise one JSON object a line. */
  readonly pretty: boolean;
  readonly destination: LogDestination;
}

interface LogDestination {
  write(text: string): unknown;
}

const CENSORED = '[Redacted]';
const LONGEST_TEXT_CHARACTERS = 8192;
const DEEPEST_LEVEL = 12;

/**
 * A logger whose lines hold no password and no token, whatever is handed to it (OWASP Logging Cheat Sheet, "Data to
 * exclude").
 *
 * Redaction works on the finished line: what serializers, child loggers, format strings and error stacks put into it
 * has all arrived by then, so there is no way around it.
 */
export function createLogger({ level, pretty, destination }: LogOptions): Logger {
  return pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: redactLine },
    },
    pretty ? prettified(destination) : { write: (line) => void destination.write(line) },
  );
}

/**
 * Lines of one turn of the event loop are one write at its end, or at the exit of the process, so that the last one is
 * not lost: writing costs more than all the rest of a line.
 */
export function linesTo(fileDescriptor: number): LogDestination {
  const output = pino.destination({ dest: fileDescriptor, sync: true });
  let lines = '';
  const write = () => {
    if (lines !== '') output.write(lines);
    lines = '';
  };
  process.on('exit', write);
  return {
    write(line: string) {
      if (lines === '') setImmediate(write);
      lines += line;
    },
  };
}

/** Formats in this process, not in a worker: a worker would lose what is not yet written at exit. */
function prettified(destination: LogDestination): { write(line: string): void } {
  const format = prettyFactory({ colorize: isColorSupported, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' });
  return { write: (line) => void destination.write(format(line)) };
}

/**
 * Every name and every pattern below holds one of these. A short line without any is passed on as it is, which most
 * lines are: it costs a microsecond instead of twenty.
 */
const SIGNS_OF_SECRETS = /fgr_|eyJ|\$|:\/\/|bearer|basic|code=|pass|secret|token|cookie|authorization|key|credential/i;

function redactLine(line: string): string {
  if (line.length < LONGEST_TEXT_CHARACTERS && !SIGNS_OF_SECRETS.test(line)) return line;
  return `${JSON.stringify(redact(JSON.parse(line), 0))}\n`;
}

/** Names whose values are secret by themselves. `tokenCount` and `passwordVersion` are not. */
const SECRET_NAME = /(authorization|cookie|password|passwordhash|passwd|secret|token|privatekey|apikey|credential)s?$/;

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST_LEVEL) return '[Too deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redactText(name),
      hides(name, inner) ? CENSORED : redact(inner, depth + 1),
    ]),
  );
}

/** Whether there was one may be said. */
function hides(name: string, value: unknown): boolean {
  return value !== null && typeof value !== 'boolean' && SECRET_NAME.test(name.replaceAll(/[-_]/g, '').toLowerCase());
}

/**
 * What a secret looks like in running text. Every repetition that can start anywhere is bounded, so that a hostile
 * text costs time in proportion to its length.
 */
const SECRETS_IN_TEXT: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Our refresh tokens.
  [/fgr_[\w-]{8,}/g, CENSORED],
  // JWT, JWS and JWE: base64url of `{"…`, a dot, more.
  [/eyJ[\w-]{8,1000}\.[\w-]{8,}(?:\.[\w-]*)*/g, CENSORED],
  // Password hashes: argon2 and scrypt in PHC form, bcrypt.
  [/\$(?:argon2\w{0,2}|scrypt|pbkdf2[\w-]{0,10}|2[abxy])\$[\w$=,./+-]+/g, CENSORED],
  // The password in a URL; a database's may hold an unencoded / or @.
  [/\b((?:postgres(?:ql)?|rediss?|smtps?):\/\/[^\s:@/]{0,200}:)\S{1,500}@/gi, `$1${CENSORED}@`],
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,200}:)[^\s@/]{1,500}@/gi, `$1${CENSORED}@`],
  // `Authorization: Bearer …`, RFC 6750 and RFC 7617.
  [/\b(Bearer|Basic)\s+[\w.~+/-]{12,}=*/gi, `$1 ${CENSORED}`],
  // `password: "…"` in a GraphQL document or a JSON text, itself quoted any number of times; unclosed, all the rest.
  [
    /((?:password|passwd|secret|token)\\*["']?\s{0,9}[:=]\s{0,9})(\\*"\\*"\\*"|\\*["'])[\s\S]*?(?:(?<!\\)\2|$)/gi,
    `$1$2${CENSORED}$2`,
  ],
  // `password=…` in a query, a form or a connection string; `code=…` of an OAuth redirect.
  [/((?:password|passwd|secret|token)=|[?&]code=)(?![["'\\])[^\s&;"'\\]+/gi, `$1${CENSORED}`],
];

function redactText(text: string): string {
  const kept = text.slice(0, LONGEST_TEXT_CHARACTERS);
  const redacted = SECRETS_IN_TEXT.reduce(
    (rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement),
    kept,
  );
  return text.length > kept.length ? `${redacted}… (${text.length} characters)` : redacted;
}
