import type { EmailProof } from './decide-email.js';

/** What is known when a provider has said who somebody is. */
export interface ProviderSignIn {
  /** The account of this issuer and subject, else the one that has its e-mail address; null: neither. */
  readonly account: {
    readonly by: 'identity' | 'email';
    readonly isActive: boolean;
    readonly emailVerified: boolean;
    /** An administrator, or somebody with a role. */
    readonly isPrivileged: boolean;
    /** It has another identity of this issuer, or its owner has taken one away. */
    readonly knowsIssuer: boolean;
  } | null;
  readonly email: EmailProof;
  readonly signupOpen: boolean;
}

export type SignInRefusal =
  | 'account_disabled'
  | 'another_identity'
  | 'email_not_verified'
  | 'email_not_vouched_for'
  | 'privileged_account'
  | 'signup_closed';

export type SignInDecision =
  { readonly outcome: 'sign_in' | 'link' | 'claim' | 'create' } | { readonly refused: SignInRefusal };

/**
 * Decides whose sign-in it is. Issuer and subject decide (OpenID Connect Core §5.7); an e-mail address only finds an
 * account for the first time, and only when the provider has proven it. It never finds one that may do more than others:
 * its owner links providers while signed in.
 *
 * - `sign_in`  the identity is known.
 * - `link`     both sides have verified the address: the identity is added to the account. Refused where the account has
 *              an identity of this issuer: the mailbox has changed hands, and the issuer tells both owners apart. Refused
 *              too where it had one: what its owner has taken away does not come back by itself.
 * - `claim`    the provider has verified the address, and whoever opened the account never did. It becomes the
 *              mailbox owner's, and every way in that was there before is gone, also one of this issuer, which never
 *              was by this address: a stranger may have made it to wait inside.
 * - `create`   nobody has the address.
 */
export function decideSignIn({ account, email, signupOpen }: ProviderSignIn): SignInDecision {
  if (account && !account.isActive) return { refused: 'account_disabled' };
  if (account?.by === 'identity') return { outcome: 'sign_in' };
  if (email !== 'proven') return { refused: `email_${email}` };
  if (!account) return signupOpen ? { outcome: 'create' } : { refused: 'signup_closed' };
  if (account.isPrivileged) return { refused: 'privileged_account' };
  if (!account.emailVerified) return { outcome: 'claim' };
  return account.knowsIssuer ? { refused: 'another_identity' } : { outcome: 'link' };
}
