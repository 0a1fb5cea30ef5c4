import type { Hit, Policies, Policy, RateLimiters } from '../../storage/rate-limit/rate-limiters.js';
import { WIDER_PREFIXES, type WiderBits } from './ip-prefix.js';

export type { Hit, Policies, Policy, RateLimiters };

/**
 * Every limit there is, in one table: how many points an identity has in a window. The same limiter, by the same key,
 * counts for every protocol. A setting
 * (FLUXGATE_RATE_LIMIT_SCALE) multiplies all points, and another (FLUXGATE_RATE_LIMITS) replaces those of one limit.
 *
 * Sign-in has three (OWASP Authentication Cheat Sheet, "Account Lockout"): an address that tries many accounts, an
 * account that is tried from many addresses, and a pool of its own for each known device of the account, so that
 * nobody can lock its owner out.
 */
export const POLICIES = {
  /** By IP address. */
  'signup.ip': { points: 30, windowSeconds: 600, by: 'address' },
  /** By IP address. */
  'login.ip': { points: 100, windowSeconds: 300, by: 'address', isUntold: true },
  /** By IP address, first, where a signed device cookie is sent; `login.ip` follows unless the device is known. */
  'login.known_ip': { points: 500, windowSeconds: 300, by: 'address', isUntold: true },
  /** By canonical e-mail, whether or not it has an account; with a provider, by issuer and subject. */
  'login.account': { points: 20, windowSeconds: 900, by: 'name', isUntold: true },
  /** By a known device of the account: its signed cookie is of the password of now, and of ten devices at most. */
  'login.known_device': { points: 20, windowSeconds: 900, by: 'name', isUntold: true },
  /** By account and kind: refused attempts of anybody that its owner's list of events tells. */
  'attempt.told': { points: 5, windowSeconds: 3_600, by: 'name', isUntold: true },
  /** By session, once the token's tag has been verified: nobody else can spend it. */
  'refresh.session': { points: 120, windowSeconds: 60, by: 'session' },
  /** By IP address: a token of the earlier server has no tag that could be verified before it is looked up. */
  'refresh.imported': { points: 60, windowSeconds: 60, by: 'address' },
  /** By the session that asks, or whose token is presented: nothing else spends it, so that signing out cannot be starved. */
  'session.end': { points: 60, windowSeconds: 60, by: 'session' },
  /** By session: changes to the account. */
  'session.write': { points: 20, windowSeconds: 60, by: 'session' },
  /** By user: the same of all sessions together, once they are well-formed. */
  'account.write': { points: 60, windowSeconds: 60, by: 'user' },
  /** By user: what is read costs its price. Some seven hundred times all of `me`, and three times the dearest document. */
  'read.user': { points: 12_000, windowSeconds: 60, aheadPoints: 240, by: 'user' },
  /** By IP address, where nobody is signed in: it may be that of many people. */
  'read.ip': { points: 180_000, windowSeconds: 60, aheadPoints: 3_600, by: 'address' },
} as const satisfies Record<string, Limit>;

interface Limit extends Policy {
  /**
   * What its identities are. IPv6 addresses are counted by /64, and their wider networks beside them, as `NAME/56` and
   * `NAME/48`. A name is that of an account or a device, which strangers can spend.
   */
  readonly by: 'address' | 'user' | 'session' | 'name';
  /** No answer tells what is left: which limits a sign-in spends tells whether a device is known to an account. */
  readonly isUntold?: true;
}

type Limited = typeof POLICIES;
export type AddressPolicyName = {
  [Name in keyof Limited]: Limited[Name] extends { readonly by: 'address' } ? Name : never;
}[keyof Limited];
export type PolicyName = keyof Limited | `${AddressPolicyName}/${WiderBits}`;

export type LimitName = keyof Limited;
export const LIMIT_NAMES = Object.keys(POLICIES) as readonly LimitName[];

/** As configured. */
export interface LimitSettings {
  /** Multiplies the points of every limit that is not given. */
  readonly rateLimitScale: number;
  readonly rateLimits: Readonly<Partial<Record<LimitName, Policy>>>;
}

/** What is counted: every limit as it is configured, and the wider networks of those by address. */
export function policiesOf({ rateLimitScale, rateLimits }: LimitSettings): Record<PolicyName, Policy> {
  const policies = LIMIT_NAMES.flatMap((name) => {
    const { by, ...limit }: Limit = POLICIES[name];
    const given = rateLimits[name];
    const ahead = limit.aheadPoints === undefined ? 0 : limit.aheadPoints / limit.points;
    const policy = given ? { ...given, aheadPoints: given.points * ahead } : times(limit, rateLimitScale);
    return [
      [name, times(policy, 1)],
      ...(by === 'address' ? Object.entries(WIDER_PREFIXES) : []).map(([bits, factor]) => [
        `${name}/${bits}`,
        times(policy, factor),
      ]),
    ];
  });
  return Object.fromEntries(policies) as Record<PolicyName, Policy>;
}

/** Those of them that answers may tell of. */
export function toldPoliciesOf(settings: LimitSettings): Policies {
  const told = Object.entries(policiesOf(settings)).filter(([name]) => !limitOf(name).isUntold);
  return Object.fromEntries(told);
}

/** The limit that a policy is of: `read.ip` of `read.ip/56` too. */
export function limitOf(policy: string): Limit {
  const [name = ''] = policy.split('/', 1);
  return POLICIES[name as LimitName];
}

function times({ points, windowSeconds, aheadPoints = 0 }: Policy, factor: number): Policy {
  return {
    points: Math.max(1, Math.round(points * factor)),
    windowSeconds,
    aheadPoints: Math.floor(aheadPoints * factor),
  };
}

/** How a use-case states its limits; the protocol that the request came through counts them. */
export interface Limits {
  /** @param points 1 unless given. @throws AuthError RATE_LIMITED */
  consume(policy: PolicyName, identity: string, points?: number): Promise<void>;
}
