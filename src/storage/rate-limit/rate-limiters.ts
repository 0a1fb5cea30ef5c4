/** How many points an identity has in a window, which begins with its first hit. */
export interface Policy {
  readonly points: number;
  readonly windowSeconds: number;
  /** As many as a process takes at once, where they are counted elsewhere. */
  readonly aheadPoints?: number;
}

/** By name. */
export type Policies = Readonly<Record<string, Policy>>;

/** What became of a hit. */
export interface Hit {
  /** 0 when it passes, else the milliseconds until one may pass again. */
  readonly waitMs: number;
  /** Points that the identity still has in this window. */
  readonly leftPoints: number;
  /** Until the window ends. */
  readonly endsInMs: number;
  /** Whether it is the one hit of this window that found too few points first. */
  readonly isFirstRefused: boolean;
}

/** Counts atomically: of any number of hits at once, no more pass than there are points for. */
export interface RateLimiters {
  /** @param points what the hit takes, 1 unless given; one that there are too few for takes those that were left. */
  hit(policy: string, identity: string, points?: number): Promise<Hit>;
}

/** What a window says of a hit of `points`, which are in `spentPoints` already. */
export function judgeHit(mostPoints: number, spentPoints: number, points: number, endsInMs: number): Hit {
  const passes = spentPoints <= mostPoints;
  return {
    waitMs: passes ? 0 : Math.max(1, endsInMs),
    leftPoints: passes ? mostPoints - spentPoints : 0,
    endsInMs,
    isFirstRefused: !passes && spentPoints - points <= mostPoints,
  };
}

export function policyNamed(policies: Policies, name: string): Policy {
  const policy = policies[name];
  if (!policy) throw new TypeError(`no rate-limit policy is called ${name}`);
  return policy;
}
