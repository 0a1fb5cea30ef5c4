import type { SessionEndReason } from '../../src/errors.js';
import { Session, type SessionStatus } from '../../src/storage/entities/session.js';

const STATUSES: Record<SessionEndReason, SessionStatus> = {
  EXPIRED_IDLE: 'EXPIRED',
  EXPIRED_ABSOLUTE: 'EXPIRED',
  LOGOUT: 'REVOKED',
  REVOKED_BY_USER: 'REVOKED',
  REVOKED_BY_ADMIN: 'REVOKED',
  PASSWORD_CHANGED: 'REVOKED',
  TOKEN_REUSE: 'REVOKED',
  ACCOUNT_DISABLED: 'REVOKED',
  SESSION_LIMIT: 'REVOKED',
};

const statusOf = (endReason: SessionEndReason | null) => Object.assign(new Session(), { endReason }).status;

describe('session status', () => {
  it('is ACTIVE while there is no reason why it ended', () => {
    expect(statusOf(null)).toBe('ACTIVE');
  });

  it.each(Object.entries(STATUSES) as [SessionEndReason, SessionStatus][])('after %s is %s', (reason, status) => {
    expect(statusOf(reason)).toBe(status);
  });
});
