import { registerEnumType } from 'type-graphql';
import { SESSION_STATUSES, SEVERITIES, USER_TYPES } from '../../../auth/queries.js';
import { SESSION_END_REASONS } from '../../../errors.js';

export const UserType = enumOf(USER_TYPES);
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

export const SessionStatus = enumOf(SESSION_STATUSES);
export type SessionStatus = keyof typeof SessionStatus;
registerEnumType(SessionStatus, { name: 'SessionStatus' });

export const SessionEndReason = enumOf(SESSION_END_REASONS);
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

export const Severity = enumOf(SEVERITIES);
export type Severity = keyof typeof Severity;
registerEnumType(Severity, { name: 'Severity' });

export const RiskDecision = { ALLOW: 'ALLOW', STEP_UP: 'STEP_UP', DENY: 'DENY' } as const;
export type RiskDecision = keyof typeof RiskDecision;
registerEnumType(RiskDecision, { name: 'RiskDecision' });

/** A list of ours as an enum: `['client']` is `{ CLIENT: 'client' }`. */
function enumOf<Value extends string>(values: readonly Value[]): { readonly [V in Value as Uppercase<V>]: V } {
  const members = values.map((value) => [value.toUpperCase(), value]);
  return Object.fromEntries(members) as { readonly [V in Value as Uppercase<V>]: V };
}
