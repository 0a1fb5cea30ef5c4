import { check } from 'k6';
import exec from 'k6/execution';
import type { Accounts } from '../accounts.ts';
import { readNumber } from '../environment.ts';
import { renameDevice, sessions } from '../operations.ts';
import { ownFreshSession } from '../own-session.ts';
import type { Journey } from '../plan.ts';

/** A page that lists where somebody is signed in. */
export const LIST_SESSIONS: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('SESSION_LISTS_PER_SECOND', 20),
  p95Ms: { sessions: readNumber('SESSIONS_P95_MS', 200) },
};

/** The same page, where a device is given another name. */
export const RENAME: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('RENAMES_PER_SECOND', 2),
  p95Ms: {
    sessions: readNumber('SESSIONS_P95_MS', 200),
    renameDevice: readNumber('RENAME_P95_MS', 200),
  },
};

/** The list has the session that asks, once. */
export function listSessions(accounts: Accounts): void {
  const tokens = ownFreshSession(accounts);
  const list = tokens && sessions(tokens.accessToken);
  if (!list) return;
  check(list, {
    'sessions: one is the current one': (all) => all.filter(({ isCurrent }) => isCurrent).length === 1,
    'sessions: the current one is ours': (all) =>
      all.some(({ id, isCurrent }) => isCurrent && id === tokens.session.id),
  });
}

export function rename(accounts: Accounts): void {
  const tokens = ownFreshSession(accounts);
  const current = tokens && sessions(tokens.accessToken)?.find(({ isCurrent }) => isCurrent);
  if (!current) return;
  const name = `Load test, VU ${exec.vu.idInTest}, name ${exec.vu.iterationInScenario}`;
  const device = renameDevice(tokens.accessToken, current.device.id, name);
  if (device) check(device, { 'renameDevice: has the new name': (renamed) => renamed.name === name });
}
