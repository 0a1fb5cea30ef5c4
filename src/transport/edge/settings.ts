/** What the edge is told at start-up. */
export interface TransportSettings {
  /** The origin that clients use: decides cookie names and `Secure`. */
  readonly publicUrl: string;
  /** Other origins whose pages may call with cookies. */
  readonly corsOrigins: readonly string[];
  /** Still other origins that a browser may be sent back to. */
  readonly returnOrigins: readonly string[];
  /** The domain that the access and device cookies are shared with; null: this host only. */
  readonly cookieDomain: string | null;
  /** `none`: pages of other sites among `corsOrigins` may use cookies. */
  readonly cookieSameSite: 'strict' | 'none';
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly production: boolean;
  readonly introspection: boolean;
  /** Apollo Sandbox as the landing page. */
  readonly sandbox: boolean;
  /** GraphiQL at /explorer. */
  readonly explorer: boolean;
  /** /account is served, and people are sent there to sign in. */
  readonly accountPage: boolean;
  readonly accessTtlSeconds: number;
  readonly refreshIdleTtlSeconds: number;
}
