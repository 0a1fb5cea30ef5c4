import { decideRoom } from '../../src/domain/session/decide-room.js';

const NOW = new Date('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;

/** `phone` and `laptop` are known devices; each session is its device, and the days since it was used. */
const KNOWN = new Set(['phone', 'laptop']);

/** In the order in which they began: `1`, `2`, … are their ids. */
function sessionsOf(...begun: readonly (readonly [deviceId: string, usedDaysAgo: number])[]) {
  return begun.map(([deviceId, days], at) => ({
    id: String(at + 1),
    deviceId,
    lastUsedAt: new Date(NOW.getTime() - days * DAY_MS),
  }));
}

describe('room for a session is made', () => {
  it.each<[string, number, string, ReturnType<typeof sessionsOf>, string[] | null]>([
    ['by none, while there is some', 3, 'new', sessionsOf(['a', 1], ['b', 1]), []],
    ['by none, of an account that has no session', 1, 'new', [], []],
    ['by the oldest of the same device', 3, 'b', sessionsOf(['a', 9], ['b', 1], ['b', 2]), ['2']],
    ['by that of the same device, though it is known', 2, 'phone', sessionsOf(['a', 9], ['phone', 0]), ['2']],
    ['by the oldest of unknown devices', 3, 'new', sessionsOf(['phone', 9], ['a', 1], ['b', 3]), ['2']],
    ['by a known device that was not used for 30 days', 2, 'new', sessionsOf(['phone', 31], ['a', 0]), ['1']],
    ['by no known device that was used within them', 2, 'new', sessionsOf(['phone', 29], ['a', 0]), ['2']],
    ['by what a known device did not use last', 3, 'new', sessionsOf(['phone', 0], ['phone', 1], ['laptop', 2]), ['2']],
    ['by the older of two that a known device used last', 2, 'new', sessionsOf(['phone', 1], ['phone', 1]), ['1']],
    ['by nobody, where each is of a known device', 2, 'new', sessionsOf(['phone', 1], ['laptop', 20]), null],
    [
      'by as many as a lower limit takes',
      2,
      'new',
      sessionsOf(['phone', 1], ['a', 1], ['b', 1], ['c', 1]),
      ['2', '3', '4'],
    ],
    ['by its own alone, where the limit was higher', 1, 'phone', sessionsOf(['phone', 1], ['laptop', 1]), ['1']],
  ])('%s', (_, limit, deviceId, sessions, ending) => {
    expect(decideRoom({ limit, deviceId, knownDeviceIds: KNOWN, sessions, now: NOW })).toEqual(ending);
  });
});
