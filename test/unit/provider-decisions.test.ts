import { decideLink, decideUnlink } from '../../src/domain/provider/decide-link.js';
import { decideSignIn, type ProviderSignIn } from '../../src/domain/provider/decide-sign-in.js';

type Account = NonNullable<ProviderSignIn['account']>;

const known: Account = { by: 'identity', isActive: true, emailVerified: false, isPrivileged: false };
const found: Account = { ...known, by: 'email' };
const disabled = { isActive: false };
const verified = { emailVerified: true };
const privileged = { isPrivileged: true };

describe('whose sign-in it is that a provider proves', () => {
  it.each<[why: string, account: Account | null, emailProven: boolean, open: boolean, decision: string]>([
    ['the identity is known', known, false, false, 'sign_in'],
    ['the identity is known, of an administrator', { ...known, ...privileged }, false, false, 'sign_in'],
    ['the identity is known, of a disabled account', { ...known, ...disabled }, true, true, 'account_disabled'],
    ['nobody has the address', null, true, true, 'create'],
    ['nobody has the address, and sign-up is closed', null, true, false, 'signup_closed'],
    ['nobody has the address, which is not proven', null, false, true, 'email_not_verified'],
    ['both have verified the address', { ...found, ...verified }, true, false, 'link'],
    ['both have, an administrator too', { ...found, ...verified, ...privileged }, true, true, 'link'],
    ['only the account has', { ...found, ...verified }, false, true, 'email_not_verified'],
    ['only the provider has', found, true, false, 'claim'],
    [
      'only the provider has, and the account may do more',
      { ...found, ...privileged },
      true,
      true,
      'privileged_account',
    ],
    ['neither has', found, false, true, 'email_not_verified'],
    ['the account is disabled', { ...found, ...verified, ...disabled }, true, true, 'account_disabled'],
    [
      'the account is disabled, and its owner never proved it',
      { ...found, ...disabled },
      true,
      true,
      'account_disabled',
    ],
  ])('%s', (_, account, emailProven, signupOpen, expected) => {
    const decision = decideSignIn({ account, emailProven, signupOpen });
    expect('refused' in decision ? decision.refused : decision.outcome).toBe(expected);
  });
});

describe('an identity', () => {
  it.each([
    [null, 'link'],
    ['ann', 'linked_already'],
    ['bob', 'taken'],
  ])('of %s, wanted by ann: %s', (owner, decision) => {
    expect(decideLink(owner, 'ann')).toBe(decision);
  });

  it.each([
    [true, 0, 'unlink'],
    [true, 1, 'unlink'],
    [false, 1, 'unlink'],
    [false, 0, 'last_way_in'],
  ])('of an account with a password (%s) and %i others: %s', (hasPassword, otherIdentities, decision) => {
    expect(decideUnlink({ hasPassword, otherIdentities })).toBe(decision);
  });
});
