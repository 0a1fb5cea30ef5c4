/** What is known when a provider has said who somebody is. */
export interface ProviderSignIn {
  /** The account of this issuer and subject, else the one that has its e-mail address; null: neither. */
  readonly account: {
    readonly by: 'identity' | 'email';
    readonly isActive: boolean;
    readonly emailVerified: boolean;
    /** An administrator, or somebody with a role. */
    readonly isPrivileged: boolean;
  } | null;
  /** The provider says that it has verified the address: `email_verified` is `true`, nothing else. */
  readonly emailProven: boolean;
  readonly signupOpen: boolean;
}

export type SignInRefusal = 'account_disabled' | 'email_not_verified' | 'privileged_account' | 'signup_closed';

export type SignInDecision =
  { readonly outcome: 'sign_in' | 'link' | 'claim' | 'create' } | { readonly refused: SignInRefusal };

/**
 * Decides whose sign-in it is. Issuer and subject decide (OpenID Connect Core §5.7); an e-mail address only finds an
 * account for the first time, and only when the provider has verified it.
 *
 * - `sign_in`  the identity is known.
 * - `link`     both sides have verified the address: the identity is added to the account.
 * - `claim`    the provider has verified the address, and whoever opened the account never did. It becomes the
 *              mailbox owner's, and every way in that was there before is gone: a stranger may have made it to wait
 *              inside. Refused where the account may do more than others: that is not handed on by e-mail.
 * - `create`   nobody has the address.
 */
export function decideSignIn({ account, emailProven, signupOpen }: ProviderSignIn): SignInDecision {
  if (account && !account.isActive) return { refused: 'account_disabled' };
  if (account?.by === 'identity') return { outcome: 'sign_in' };
  if (!emailProven) return { refused: 'email_not_verified' };
  if (account?.emailVerified) return { outcome: 'link' };
  if (account) return account.isPrivileged ? { refused: 'privileged_account' } : { outcome: 'claim' };
  return signupOpen ? { outcome: 'create' } : { refused: 'signup_closed' };
}
