/** What a request tells of itself, parsed once at the edge. Nothing in it is trusted but `ip`. */
export interface RequestMeta {
  readonly requestId: string;
  /** Canonical text of the peer's address, or of the client's where the peer is a trusted proxy. */
  readonly ip: string | null;
  /** At most 512 characters. */
  readonly userAgent: string | null;
  /** First language tag of Accept-Language. */
  readonly language: string | null;
  readonly deviceCookie: string | null;
  readonly refreshCookie: string | null;
}

/** Who is asking, on which session: what a valid access token proves. */
export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  readonly tokenIssuedAt: Date;
  readonly tokenExpiresAt: Date;
}
