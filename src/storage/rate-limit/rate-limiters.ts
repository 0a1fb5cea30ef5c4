/** How many points an identity has in a window, which begins with its first hit. */
export interface Policy {
  readonly points: number;
  readonly windowSeconds: number;
  /** As many as a process takes at once, where they are counted elsewhere. */
  readonly aheadPoints?: number;
}

/** By name. */
export type Policies = Readonly<Record<string, Policy>>;

/** Counts atomically: of any number of hits at once, no more pass than there are points for. */
export interface RateLimiters {
  /**
   * @param points what the hit takes, 1 unless given; one that there are too few for takes those that were left.
   * @returns 0 when the hit passes, else the milliseconds until one may pass again.
   */
  hit(policy: string, identity: string, points?: number): Promise<number>;
}

export function policyNamed(policies: Policies, name: string): Policy {
  const policy = policies[name];
  if (!policy) throw new TypeError(`no rate-limit policy is called ${name}`);
  return policy;
}
