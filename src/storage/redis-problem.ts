/** What is wrong, and what to do. */
export type RedisProblem = readonly [what: string, advice: string];

type Sentence = (said: string) => RedisProblem;

const CORRECT_ADDRESS = 'correct host and port in REDIS_URL';
const noAnswer: Sentence = () => [
  'it does not answer',
  'check host and port in REDIS_URL, whether it speaks TLS, and the firewalls on the way',
];
const unknownHost: Sentence = () => ['its host name is not known', 'correct REDIS_URL'];
const noRedis: Sentence = (said) => [`what listens there does not speak as Redis does (${said})`, CORRECT_ADDRESS];
const untrusted: Sentence = (said) => [
  `its certificate is not trusted (${said})`,
  'name the file of its authority in NODE_EXTRA_CA_CERTS',
];

/** By Node's codes of the system and of TLS. */
const BY_CODE: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: () => ['nothing listens there', `start Redis, or ${CORRECT_ADDRESS}`],
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ETIMEDOUT: noAnswer,
  EHOSTUNREACH: noAnswer,
  ENETUNREACH: noAnswer,
  ECONNRESET: () => ['it cuts the connection', 'check whether it wants TLS: then REDIS_URL begins with rediss://'],
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: () => ['its certificate has expired', 'renew it there'],
  ERR_TLS_CERT_ALTNAME_INVALID: () => [
    'its certificate is for another host',
    'name the host in REDIS_URL as the certificate does',
  ],
};

/** What Redis itself says, within a script or not, and what its client does. */
const BY_MESSAGE: readonly (readonly [RegExp, Sentence])[] = [
  [/^WRONGPASS|invalid password/, () => ['it has no such user, or another password', 'correct REDIS_URL']],
  [/NOAUTH/, () => ['it asks for a password', 'add one to REDIS_URL']],
  [
    /^NOPERM|ACL failure/,
    (said) => [
      `its user may not count (${said})`,
      'allow it eval, evalsha, set, incrby, expire and pttl on the keys fluxgate:*',
    ],
  ],
  [/^READONLY/, () => ['it can only be read, as a replica is', 'name the primary server in REDIS_URL']],
  [/^OOM /, () => ['its memory is full', 'raise maxmemory, or give Fluxgate a Redis of its own']],
  [/^MISCONF/, () => ['it takes no writes, because it could not save', 'make room on its disk, or turn saving off']],
  [/DB index is out of range/, () => ['it has no database of that number', 'correct the end of REDIS_URL']],
  [/no answer within/, noAnswer],
  [/wrong version number|packet length too long|EPROTO/, () => ['it offers no TLS', 'use redis:// in REDIS_URL']],
  [/Connection is closed|RESP type|Protocol error/, noRedis],
];

/** What stands between a gateway and its Redis. Pure. */
export function redisProblem(error: unknown): RedisProblem {
  const { code, message } = firstOf(error);
  const [said = ''] = message.split(/\n| script: /, 1);
  const sentence = BY_MESSAGE.find(([pattern]) => pattern.test(said))?.[1] ?? BY_CODE[code];
  return sentence?.(said) ?? [`it refuses (${said})`, 'correct REDIS_URL'];
}

/** Of the errors that a name with several addresses fails with, one for each, the first. */
function firstOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AggregateError) return firstOf(error.errors[0]);
  const { code, message } = Object(error) as { code?: string; message?: string };
  return { code: code ?? '', message: message || String(error) };
}
