import { registerEnumType } from 'type-graphql';

export const UserType = { CLIENT: 'client', FREELANCER: 'freelancer', ADMIN: 'admin' } as const;
export type UserType = (typeof UserType)[keyof typeof UserType];
registerEnumType(UserType, { name: 'UserType' });

export const TokenDelivery = { COOKIE: 'COOKIE', BODY: 'BODY' } as const;
export type TokenDelivery = keyof typeof TokenDelivery;
registerEnumType(TokenDelivery, {
  name: 'TokenDelivery',
  valuesConfig: {
    COOKIE: { description: 'Refresh token in an HttpOnly cookie; `refreshToken` in the answer is null.' },
    BODY: { description: 'Both tokens in the answer: native apps, servers, load tests.' },
  },
});

export const SessionStatus = { ACTIVE: 'ACTIVE', EXPIRED: 'EXPIRED', REVOKED: 'REVOKED' } as const;
export type SessionStatus = keyof typeof SessionStatus;
registerEnumType(SessionStatus, { name: 'SessionStatus' });

export const SessionEndReason = {
  EXPIRED_IDLE: 'EXPIRED_IDLE',
  EXPIRED_ABSOLUTE: 'EXPIRED_ABSOLUTE',
  LOGOUT: 'LOGOUT',
  REVOKED_BY_USER: 'REVOKED_BY_USER',
  REVOKED_BY_ADMIN: 'REVOKED_BY_ADMIN',
  PASSWORD_CHANGED: 'PASSWORD_CHANGED',
  TOKEN_REUSE: 'TOKEN_REUSE',
  ACCOUNT_DISABLED: 'ACCOUNT_DISABLED',
  SESSION_LIMIT: 'SESSION_LIMIT',
} as const;
export type SessionEndReason = keyof typeof SessionEndReason;
registerEnumType(SessionEndReason, { name: 'SessionEndReason' });

export const RefreshOutcome = { ROTATED: 'ROTATED', REPLAYED: 'REPLAYED' } as const;
export type RefreshOutcome = keyof typeof RefreshOutcome;
registerEnumType(RefreshOutcome, {
  name: 'RefreshOutcome',
  valuesConfig: {
    ROTATED: { description: 'The token was current: it was replaced by its successor.' },
    REPLAYED: {
      description:
        "The token's successor was issued moments ago and never used (answer lost, or two tabs at once): the same successor again.",
    },
  },
});

export const Severity = { INFO: 'INFO', WARNING: 'WARNING', CRITICAL: 'CRITICAL' } as const;
export type Severity = keyof typeof Severity;
registerEnumType(Severity, { name: 'Severity' });

export const RiskDecision = { ALLOW: 'ALLOW', STEP_UP: 'STEP_UP', DENY: 'DENY' } as const;
export type RiskDecision = keyof typeof RiskDecision;
registerEnumType(RiskDecision, { name: 'RiskDecision' });
