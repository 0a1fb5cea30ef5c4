/** A known device that signed in or refreshed within these keeps its session. */
const KEPT_DEVICE_DAYS = 30;
const DAY_MS = 86_400_000;

/** A live session of the account that somebody signs in to. */
export interface LiveSession {
  readonly id: string;
  readonly deviceId: string;
  readonly lastUsedAt: Date;
}

export interface Room {
  /** Most sessions that an account may have. */
  readonly limit: number;
  /** What signs in. */
  readonly deviceId: string;
  readonly knownDeviceIds: ReadonlySet<string>;
  /** Oldest first. */
  readonly sessions: readonly LiveSession[];
  readonly now: Date;
}

/**
 * Which sessions give way to a new one: the oldest of the same device, then the oldest of all that no device of the owner's
 * needs. A known device that was used within 30 days needs the session that it used last, so that nobody who signs in
 * on and on drives it out; what else began on it may go.
 *
 * @returns their ids; null where the account is full and none may go, so that there is no room.
 */
export function decideRoom({ limit, deviceId, knownDeviceIds, sessions, now }: Room): string[] | null {
  const tooMany = sessions.length + 1 - limit;
  if (tooMany <= 0) return [];

  const since = now.getTime() - KEPT_DEVICE_DAYS * DAY_MS;
  const kept = new Map<string, LiveSession>();
  for (const session of sessions) {
    const best = kept.get(session.deviceId);
    if (!knownDeviceIds.has(session.deviceId) || session.lastUsedAt.getTime() < since) continue;
    if (!best || session.lastUsedAt >= best.lastUsedAt) kept.set(session.deviceId, session);
  }
  const own = sessions.filter((session) => session.deviceId === deviceId);
  const others = sessions.filter((session) => session.deviceId !== deviceId && kept.get(session.deviceId) !== session);
  const ending = [...own, ...others].slice(0, tooMany);
  // Where the limit was higher before, a device that takes the place of its own session adds none.
  return ending.length === tooMany || own.length > 0 ? ending.map(({ id }) => id) : null;
}
