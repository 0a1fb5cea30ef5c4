/** Everything that is measured, each once a round. */
export const SERIES = {
  login: { operation: 'Sign-in', contender: 'Fluxgate login', unit: 'per second' },
  rawHashing: { operation: 'Sign-in', contender: 'argon2id alone', unit: 'per second' },
  loginNow: { operation: 'Sign-in', contender: 'Fluxgate login beside the commit before', unit: 'per second' },
  loginBefore: { operation: 'Sign-in', contender: 'login of the commit before', unit: 'per second' },
  betterAuthSignIn: { operation: 'Sign-in', contender: 'better-auth sign-in', unit: 'per second' },
  parseLogIn: { operation: 'Sign-in', contender: 'Parse logIn', unit: 'per second' },
  signup: { operation: 'Sign-in', contender: 'Fluxgate signup', unit: 'per second' },
  signupNow: { operation: 'Sign-in', contender: 'Fluxgate signup beside the commit before', unit: 'per second' },
  signupBefore: { operation: 'Sign-in', contender: 'signup of the commit before', unit: 'per second' },
  refresh: { operation: 'Refresh', contender: 'Fluxgate refresh', unit: 'per second' },
  refreshNow: { operation: 'Refresh', contender: 'Fluxgate refresh beside the commit before', unit: 'per second' },
  refreshBefore: { operation: 'Refresh', contender: 'refresh of the commit before', unit: 'per second' },
  bareStatement: { operation: 'Refresh', contender: 'the statement alone', unit: 'per second' },
  me: { operation: 'Who am I', contender: 'Fluxgate me', unit: 'per second' },
  meNow: { operation: 'Who am I', contender: 'Fluxgate me beside the commit before', unit: 'per second' },
  meBefore: { operation: 'Who am I', contender: 'me of the commit before', unit: 'per second' },
  bareApollo: { operation: 'Who am I', contender: 'bare Apollo on Fastify', unit: 'per second' },
  betterAuthGetSession: { operation: 'Who am I', contender: 'better-auth get-session', unit: 'per second' },
  parseViewer: { operation: 'Who am I', contender: 'Parse viewer', unit: 'per second' },
  sessions: { operation: 'List sessions', contender: 'Fluxgate sessions', unit: 'per second' },
  sessionsNow: {
    operation: 'List sessions',
    contender: 'Fluxgate sessions beside the commit before',
    unit: 'per second',
  },
  sessionsBefore: { operation: 'List sessions', contender: 'sessions of the commit before', unit: 'per second' },
  betterAuthListSessions: { operation: 'List sessions', contender: 'better-auth list-sessions', unit: 'per second' },
  revoke: { operation: 'End a session', contender: 'Fluxgate revoke', unit: 'per second' },
  betterAuthRevokeSession: { operation: 'End a session', contender: 'better-auth revoke-session', unit: 'per second' },
  verify: { operation: 'Forward-auth', contender: 'Fluxgate verify', unit: 'per second' },
  quietRefreshP99: { operation: 'Refresh, 99th percentile', contender: 'quiet', unit: 'ms' },
  busyRefreshP99: { operation: 'Refresh, 99th percentile', contender: 'while sign-ins saturate hashing', unit: 'ms' },
  idleMemory: { operation: 'Resident memory', contender: 'after start', unit: 'MB' },
  mixedMemory: { operation: 'Resident memory', contender: 'after mixed load', unit: 'MB' },
  firstSeenDocument: { operation: 'Event loop', contender: 'a first-seen document', unit: 'ms' },
  hostileDocument: { operation: 'Event loop', contender: 'the worst hostile document', unit: 'ms' },
  knownAddress: { operation: 'Refused sign-in, median', contender: 'known address', unit: 'ms' },
  unknownAddress: { operation: 'Refused sign-in, median', contender: 'unknown address', unit: 'ms' },
} as const;

export type SeriesName = keyof typeof SERIES;

export interface Sample {
  readonly series: SeriesName;
  readonly value: number;
}

/** One step of a round. */
export interface Measure {
  /** For the progress line. */
  readonly name: string;
  run(): Promise<readonly Sample[]>;
}

/** The values of each series, one a round. */
export type Results = ReadonlyMap<SeriesName, readonly number[]>;
