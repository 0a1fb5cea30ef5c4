import { rememberRevoked } from '../../src/domain/revocations/remembered.js';

const KEEP_SECONDS = 960;

describe('what a node remembers of revoked sessions', () => {
  let nowMs: number;
  let remembered: ReturnType<typeof rememberRevoked>;
  beforeEach(() => {
    nowMs = 0;
    remembered = rememberRevoked(() => new Date(nowMs), KEEP_SECONDS);
  });

  it('is missing in a read of everything, unless it came while that was under way, or was only heard of', () => {
    remembered.add(['read'], 'LOGOUT');
    remembered.add(['lost'], 'TOKEN_REUSE');
    remembered.add(['rumoured'], null);
    nowMs = 10;
    remembered.add(['meanwhile'], 'LOGOUT');
    expect(remembered.missing({ LOGOUT: ['read'] }, 5)).toEqual({ TOKEN_REUSE: ['lost'] });
  });

  it('has its reason once that is read', () => {
    remembered.add(['one'], null);
    remembered.add(['one'], 'REVOKED_BY_ADMIN');
    remembered.add(['one'], 'LOGOUT');
    expect(remembered.reasonOf('one')).toBe('REVOKED_BY_ADMIN');
  });

  it('is asked about once where it is too old for the list', () => {
    remembered.add(['old'], 'LOGOUT');
    remembered.settle(['old']);
    expect(remembered.missing({}, 5)).toEqual({});
    expect(remembered.has('old')).toBe(true);
  });

  it('is kept as long as an access token lives, from when it was added first, or renewed', () => {
    remembered.add(['one', 'other'], 'LOGOUT');
    nowMs = KEEP_SECONDS * 1000 - 1;
    remembered.renew(['other'], 'LOGOUT');
    remembered.add(['one'], 'LOGOUT');
    nowMs += 2;
    remembered.add([], null);
    expect([remembered.has('one'), remembered.has('other')]).toEqual([false, true]);
  });
});
