import { domainToUnicode } from 'node:url';

/** Domains whose addresses a provider may vouch for, in ASCII and lower case; `*`: every one. */
export type EmailDomains = '*' | readonly string[];

/** What a provider has said of somebody's address. */
export interface EmailClaim {
  readonly issuer: string;
  /** As the provider spells it. */
  readonly email: string | null;
  /** As accounts are found by it, its domain in Punycode; null: it can be none. */
  readonly key: string | null;
  /** `email_verified` is `true`, nothing else. */
  readonly emailVerified: boolean;
  /** The domain of the organisation that the provider keeps this person for: Google's `hd`. */
  readonly hostedDomain: string | null;
}

export type EmailProof = 'proven' | 'not_verified' | 'not_vouched_for';

const GOOGLE_ISSUER = 'https://accounts.google.com';
/** Two names of the same mailboxes. */
const GOOGLES_OWN: readonly string[] = ['gmail.com', 'googlemail.com'];

/**
 * Decides whether an address is proven by what a provider says of it. One that is not opens, links and claims nothing.
 *
 * - `not_verified`     the provider does not say that it has verified it; or it has verified one that is the account's
 *                      only once characters are replaced by their like (`ﬁ` by `fi`): that may be another mailbox.
 * - `not_vouched_for`  it is of a domain that is not the provider's to speak for. A domain does not stand for those below
 *                      it. Google is no authority on mailboxes that it does not host, which may have changed hands since
 *                      it verified them ("Verify the Google ID token on your server side", Google Identity).
 */
export function decideEmail(
  { issuer, email, key, emailVerified, hostedDomain }: EmailClaim,
  domains: EmailDomains,
): EmailProof {
  if (email === null || key === null || !emailVerified || !isSpelling(email.trim(), key)) return 'not_verified';
  const domain = key.slice(key.lastIndexOf('@') + 1);
  if (domains !== '*' && !domains.includes(domain)) return 'not_vouched_for';
  const isForeign = issuer === GOOGLE_ISSUER && !GOOGLES_OWN.includes(domain) && hostedDomain === null;
  return isForeign ? 'not_vouched_for' : 'proven';
}

/** Whether they differ by the case of ASCII letters at most, and by which of its two names the domain has. */
function isSpelling(email: string, key: string): boolean {
  const spelt = lowerCaseAscii(email);
  const at = key.lastIndexOf('@') + 1;
  return spelt === key || spelt === key.slice(0, at) + domainToUnicode(key.slice(at));
}

/** `toLowerCase` would also make a Kelvin sign a `k`. */
function lowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
