import { PASSWORD, type Gateway } from '../support/gateway.js';
import { importToken, oldRefreshToken } from '../support/imported-tokens.js';
import type { OpenidProvider } from '../support/openid-provider.js';
import { freshEmail } from '../support/sign-in.js';
import type { Client, Reply } from './protocols.js';

/**
 * What clients do, and what they are told, whichever protocol they speak. A scenario returns what happened in words
 * that mean the same in every protocol; it must be exactly `told`.
 */
export interface Scenario {
  readonly name: string;
  readonly told: readonly unknown[];
  readonly play: (client: Client, world: World) => Promise<unknown[]>;
}

export interface World {
  readonly gateway: Gateway;
  readonly google: OpenidProvider;
  /** Signs a new user up through the client. */
  readonly newUser: () => Promise<{ email: string; id: string; accessToken: string; refreshToken: string }>;
  /** Moves a session's last rotation into the past, past every grace window. */
  readonly letGraceWindowsPass: () => Promise<void>;
}

export function createWorld(gateway: Gateway, google: OpenidProvider, client: Client): World {
  return {
    gateway,
    google,
    async newUser() {
      const email = freshEmail();
      const {
        accessToken = '',
        refreshToken = '',
        user,
      } = await client.signup({ email, password: PASSWORD, name: 'Ann' });
      return { email, id: user?.id ?? '', accessToken, refreshToken };
    },
    async letGraceWindowsPass() {
      await gateway.sql(`UPDATE sessions SET rotated_at = rotated_at - interval '1 hour'`);
    },
  };
}

const refresh = async (client: Client, token: string | undefined): Promise<Reply> => client.refresh(token ?? '');

export const scenarios: readonly Scenario[] = [
  {
    name: 'a life: sign-up, who am I, refresh, sign-out',
    told: ['ok', 'Ann', 1, true, 'ok', true, 'ok', 'SESSION_ENDED', 'ok'],
    async play(client) {
      const email = freshEmail();
      const signup = await client.signup({ email, password: PASSWORD, name: 'Ann', userType: 'freelancer' });
      const me = await client.me(signup.accessToken ?? '');
      const list = await client.sessions(signup.accessToken ?? '');
      const refreshed = await refresh(client, signup.refreshToken);
      const logout = await client.logout(refreshed.refreshToken ?? '');
      const after = await refresh(client, refreshed.refreshToken);
      const again = await client.logout(refreshed.refreshToken ?? '');
      return [
        ...[signup.outcome, me.user?.name, list.sessions?.length, list.sessions?.[0]?.isCurrent],
        ...[refreshed.outcome, refreshed.extended, logout.outcome, after.outcome, again.outcome],
      ];
    },
  },
  {
    name: 'sign-ups that are refused',
    told: ['INVALID_INPUT', 'INVALID_INPUT', 'WEAK_PASSWORD', 'WEAK_PASSWORD', 'INVALID_INPUT', 'EMAIL_TAKEN'],
    async play(client, { newUser }) {
      const [email, { email: taken }] = [freshEmail(), await newUser()];
      const attempts = [
        { email: 'no address', password: PASSWORD, name: 'Ann' },
        { email, password: PASSWORD, name: ' ' },
        { email, password: 'short', name: 'Ann' },
        { email, password: 'password123', name: 'Ann' },
        { email, password: PASSWORD, name: 'Ann', userType: 'admin' as const },
        { email: taken.toUpperCase(), password: PASSWORD, name: 'Ann' },
      ];
      const outcomes: string[] = [];
      for (const attempt of attempts) outcomes.push((await client.signup(attempt)).outcome);
      return outcomes;
    },
  },
  {
    name: 'sign-ins, right and wrong',
    told: ['ok', 'INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', 'INVALID_INPUT', 'INVALID_CREDENTIALS'],
    async play(client, { gateway, newUser }) {
      const { email, id } = await newUser();
      const right = await client.login({ email, password: PASSWORD });
      const wrong = await client.login({ email, password: 'something else' });
      const unknown = await client.login({ email: freshEmail(), password: PASSWORD });
      const malformed = await client.login({ email: 'no address', password: PASSWORD });
      await gateway.sql(`UPDATE users SET status = 'disabled' WHERE id = $1`, [id]);
      const disabled = await client.login({ email, password: PASSWORD });
      return [right, wrong, unknown, malformed, disabled].map((reply) => reply.outcome);
    },
  },
  {
    name: 'sign-ins with Google, right and wrong',
    told: ['ok', 'the same', 'INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', 'LOGIN_DENIED', 'ok', 'LOGIN_DENIED'],
    async play(client, { gateway, google, newUser }) {
      const ann = { sub: freshEmail(), email: freshEmail(), email_verified: true, name: 'Ann' };
      const token = await google.idToken(ann);
      const first = await client.google(token);
      const again = await client.google(await google.idToken(ann));
      const replayed = await client.google(token);
      const garbled = await client.google(`${token.slice(0, -4)}zzzz`);
      const unverified = await client.google(await google.idToken({ ...ann, sub: 'another', email_verified: false }));
      const { email, id } = await newUser();
      const claimed = await client.google(await google.idToken({ ...ann, sub: email, email }));
      await gateway.sql(`UPDATE users SET status = 'disabled' WHERE id = $1`, [id]);
      const disabled = await client.google(await google.idToken({ ...ann, sub: email, email }));
      const same = again.user?.id === first.user?.id ? 'the same' : 'another';
      return [first.outcome, same, ...[replayed, garbled, unverified, claimed, disabled].map(({ outcome }) => outcome)];
    },
  },
  {
    name: 'a lost answer is given again; an old token ends the session',
    told: [true, false, 'the same', 'STALE_REFRESH_TOKEN', 'SESSION_ENDED', 'SESSION_ENDED', 'INVALID_REFRESH_TOKEN'],
    async play(client, { newUser, letGraceWindowsPass }) {
      const user = await newUser();
      const first = await refresh(client, user.refreshToken);
      const retry = await refresh(client, user.refreshToken);
      const second = await refresh(client, first.refreshToken);
      const late = await refresh(client, user.refreshToken);
      await letGraceWindowsPass();
      const stolen = await refresh(client, first.refreshToken);
      const owner = await refresh(client, second.refreshToken);
      const garbled = await refresh(client, `${user.refreshToken.slice(0, -2)}zz`);
      const same = retry.refreshToken === first.refreshToken ? 'the same' : 'another';
      return [first.extended, retry.extended, same, ...[late, stolen, owner, garbled].map((reply) => reply.outcome)];
    },
  },
  {
    name: 'sessions of one user, and nobody else',
    told: [2, 1, 'ok', 'SESSION_ENDED', 'ok', 'NOT_FOUND', 'NOT_FOUND', 1],
    async play(client, { newUser }) {
      const [ann, bob] = [await newUser(), await newUser()];
      const other = await client.login({ email: ann.email, password: PASSWORD });
      const before = (await client.sessions(ann.accessToken)).sessions ?? [];
      const otherId = before.find((session) => !session.isCurrent)?.id ?? '';
      const bobsId = (await client.sessions(bob.accessToken)).sessions?.[0]?.id ?? '';
      const end = (id: string) => client.endSession(ann.accessToken, id);
      const replies = [await end(otherId), await refresh(client, other.refreshToken), await end(otherId)];
      replies.push(await end(bobsId), await end('not-an-id'));
      const after = (await client.sessions(ann.accessToken)).sessions ?? [];
      const current = before.filter((session) => session.isCurrent).length;
      return [before.length, current, ...replies.map((reply) => reply.outcome), after.length];
    },
  },
  {
    name: 'signing out everywhere',
    told: ['ok', 2, 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'SESSION_ENDED'],
    async play(client, { newUser }) {
      const ann = await newUser();
      const other = await client.login({ email: ann.email, password: PASSWORD });
      const all = await client.logoutAll(ann.accessToken);
      const me = await client.me(ann.accessToken);
      const elsewhere = await client.sessions(other.accessToken ?? '');
      const refreshed = await refresh(client, other.refreshToken);
      return [all.outcome, all.ended, me.outcome, elsewhere.outcome, refreshed.outcome];
    },
  },
  {
    name: 'access tokens that do not hold',
    told: Array<string>(7).fill('UNAUTHENTICATED'),
    async play(client, { newUser }) {
      const { accessToken, refreshToken } = await newUser();
      const replies: Reply[] = [];
      for (const token of [`${accessToken}x`, refreshToken, ''])
        replies.push(await client.me(token), await client.sessions(token));
      replies.push(await client.logoutAll(null));
      return replies.map((reply) => reply.outcome);
    },
  },
  {
    name: 'a refresh token of the earlier server is exchanged once',
    told: [
      true,
      'Kitchen tablet',
      false,
      'the same',
      true,
      'SESSION_ENDED',
      'ok',
      'SESSION_ENDED',
      'INVALID_REFRESH_TOKEN',
    ],
    async play(client, { gateway, newUser, letGraceWindowsPass }) {
      const { id } = await newUser();
      const [used, unused] = [await importToken(gateway, id), await importToken(gateway, id)];
      const first = await refresh(client, used);
      const list = (await client.sessions(first.accessToken ?? '')).sessions;
      const retry = await refresh(client, used);
      const second = await refresh(client, first.refreshToken);
      await letGraceWindowsPass();
      const late = await refresh(client, used);
      const logout = await client.logout(unused);
      const after = await refresh(client, unused);
      const unknown = await refresh(client, oldRefreshToken());
      const same = retry.refreshToken === first.refreshToken ? 'the same' : 'another';
      const name = list?.find((session) => session.isCurrent)?.deviceName;
      const outcomes = [late, logout, after, unknown].map((reply) => reply.outcome);
      return [first.extended, name, retry.extended, same, second.extended, ...outcomes];
    },
  },
];
