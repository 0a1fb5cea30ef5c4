import { jsonOf, type Exchange } from './http/exchange.ts';
import { accessTokensIn, refreshTokensIn } from './tokens.ts';

export interface Account {
  readonly email: string;
  readonly password: string;
  userId: string | null;
}

export interface Session {
  readonly id: string;
  readonly account: Account;
  accessToken: string | null;
  deviceId: string | null;
  refreshToken: string | null;
  /** Of `refreshToken`. */
  counter: bigint;
}

/** What one request is made of, and whose credentials are in it: nobody else's may be in its answer. */
export interface Draw {
  readonly session: Session;
  /** An account that does not exist yet; its credentials count as drawn. */
  newAccount(): Account;
  /** Another session than its own, of anybody: its id is no credential. */
  otherSessionId(pick: number): string;
  /** Its own session's as a rule. */
  deviceId(pick: number): string;
  /** Its own session's, or where no answer has told it, another's; its owner counts as drawn. */
  refreshToken(): string | null;
  cursor(pick: number): string;
  readonly deviceCookie: string | null;
  /** By their e-mail addresses. */
  readonly owners: ReadonlySet<string>;
}

/** Real accounts, sessions, tokens, cursors and devices, as answers have told them: what operations are made of. */
export interface Pool {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly sessions: ReadonlyMap<string, Session>;
  /** A pick beyond what there is starts again from the first. */
  draw(pick: number): Draw;
  /** Takes in what an answer gives away to whoever drew. */
  learn(draw: Draw, answer: Pick<Exchange, 'head' | 'body'>): void;
  /** Nothing is done with it any more. */
  forget(session: Session): void;
  /** Whose an e-mail address or a token in a text is. @returns e-mail addresses */
  ownersIn(text: string): Set<string>;
}

interface Known {
  readonly name: string;
  readonly accounts: Map<string, Account>;
  readonly sessions: Map<string, Session>;
  readonly deviceIds: string[];
  readonly deviceCookies: string[];
  readonly cursors: string[];
  /** Accounts that a request is about to open, by their e-mail address. */
  readonly begun: Map<string, Account>;
  accountsMade: number;
}

const MAX_REMEMBERED = 500;
const NO_SESSION: Session = {
  id: '019a0000-0000-7000-8000-000000000000',
  account: { email: 'nobody@fuzz.example', password: 'nothing-ever-9', userId: null },
  accessToken: null,
  deviceId: null,
  refreshToken: null,
  counter: 0n,
};

/** @param name part of every address and password, so that they are told from anything else */
export function createPool(name: string): Pool {
  const known: Known = {
    name,
    accounts: new Map(),
    sessions: new Map(),
    deviceIds: [],
    deviceCookies: [],
    cursors: [],
    begun: new Map(),
    accountsMade: 0,
  };
  return {
    accounts: known.accounts,
    sessions: known.sessions,
    draw: (pick) => drawFrom(known, pick),
    learn: (draw, answer) => learn(known, draw, answer),
    forget: ({ id }) => void known.sessions.delete(id),
    ownersIn: (text) => ownersIn(known, text),
  };
}

function drawFrom(known: Known, pick: number): Draw {
  const live = [...known.sessions.values()];
  const session = nth(live, pick) ?? NO_SESSION;
  const owners = new Set([session.account.email]);
  return {
    session,
    owners,
    newAccount() {
      const ordinal = (known.accountsMade += 1);
      const email = `fuzz-${known.name}-${ordinal}@example.com`;
      const account = { email, password: `Fuzz-${known.name}-${ordinal}-Quartz!vexing`, userId: null };
      owners.add(email);
      known.begun.set(email, account);
      return account;
    },
    otherSessionId: (other) => nth(live, other)?.id ?? NO_SESSION.id,
    deviceId(other) {
      const any = nth(known.deviceIds, other) ?? NO_SESSION.id;
      return other % 8 === 0 ? any : (session.deviceId ?? any);
    },
    refreshToken() {
      const told = session.refreshToken ? session : live.find(({ refreshToken }) => refreshToken !== null);
      if (told) owners.add(told.account.email);
      return told?.refreshToken ?? null;
    },
    cursor: (other) => nth(known.cursors, other) ?? '',
    deviceCookie: nth(known.deviceCookies, pick) ?? null,
  };
}

function learn(known: Known, draw: Draw, { head, body }: Pick<Exchange, 'head' | 'body'>): void {
  const { accounts, sessions, begun } = known;
  const text = `${head}\n${body}`;
  const owners = [...draw.owners].flatMap((email) => begun.get(email) ?? accounts.get(email) ?? []);
  for (const { token, userId, sessionId } of accessTokensIn(text)) {
    const owner = [...accounts.values()].find((each) => each.userId === userId) ?? owners.find((each) => !each.userId);
    if (!owner) continue;
    owner.userId = userId;
    accounts.set(owner.email, owner);
    const session = sessions.get(sessionId) ?? { ...NO_SESSION, id: sessionId, account: owner };
    sessions.set(sessionId, Object.assign(session, { accessToken: token }));
  }
  for (const { token, sessionId, counter } of refreshTokensIn(text)) {
    const session = sessions.get(sessionId);
    if (session && counter >= session.counter) Object.assign(session, { refreshToken: token, counter });
  }
  for (const { id, device } of sessionsIn(jsonOf(body))) {
    remember(known.deviceIds, device.id);
    const session = sessions.get(id);
    if (session) session.deviceId = device.id;
  }
  for (const [, cursor] of body.matchAll(/"(?:cursor|endCursor)":"([^"]+)"/g)) remember(known.cursors, cursor);
  remember(known.deviceCookies, /fluxgate_device=([^;\s]+)/.exec(head)?.[1]);
  for (const email of draw.owners) begun.delete(email);
}

function ownersIn({ accounts, sessions }: Known, text: string): Set<string> {
  const byUser = new Map([...accounts.values()].map(({ userId, email }) => [userId, email]));
  return new Set([
    ...accessTokensIn(text).flatMap(({ userId }) => byUser.get(userId) ?? []),
    ...refreshTokensIn(text).flatMap(({ sessionId }) => sessions.get(sessionId)?.account.email ?? []),
    ...[...text.matchAll(/fuzz-\w+-\d+@example\.com/g)].flatMap(([email]) => (accounts.has(email) ? [email] : [])),
  ]);
}

/** Wherever they stand in an answer, with the device that they are on. */
function sessionsIn(json: unknown): { readonly id: string; readonly device: { readonly id: string } }[] {
  if (typeof json !== 'object' || json === null) return [];
  const { id, device } = json as { id?: unknown; device?: { id?: unknown } | null };
  const below = Object.values(json).flatMap(sessionsIn);
  return typeof id === 'string' && typeof device?.id === 'string'
    ? [{ id, device: { id: device.id } }, ...below]
    : below;
}

function nth<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(1, list.length)];
}

function remember(list: string[], value: string | undefined): void {
  if (value === undefined || list.includes(value)) return;
  list.push(value);
  if (list.length > MAX_REMEMBERED) list.shift();
}
