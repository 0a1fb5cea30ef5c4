import {
  decideEmail,
  type EmailClaim,
  type EmailDomains,
  type EmailProof,
} from '../../src/domain/provider/decide-email.js';
import { decideLink, decideUnlink } from '../../src/domain/provider/decide-link.js';
import { decideSignIn, type ProviderSignIn } from '../../src/domain/provider/decide-sign-in.js';
import { parseEmail } from '../../src/domain/user/parse.js';

type Account = NonNullable<ProviderSignIn['account']>;

const known: Account = {
  by: 'identity',
  isActive: true,
  emailVerified: false,
  isPrivileged: false,
  knowsIssuer: false,
};
const found: Account = { ...known, by: 'email' };
const disabled = { isActive: false };
const verified = { emailVerified: true };
const privileged = { isPrivileged: true };
const knowing = { knowsIssuer: true };

describe('whose sign-in it is that a provider proves', () => {
  it.each<[why: string, account: Account | null, email: EmailProof, open: boolean, decision: string]>([
    ['the identity is known', known, 'not_verified', false, 'sign_in'],
    ['the identity is known, whatever its address is by now', known, 'not_vouched_for', false, 'sign_in'],
    ['the identity is known, of an administrator', { ...known, ...privileged }, 'not_verified', false, 'sign_in'],
    ['the identity is known, of a disabled account', { ...known, ...disabled }, 'proven', true, 'account_disabled'],
    ['nobody has the address', null, 'proven', true, 'create'],
    ['nobody has the address, and sign-up is closed', null, 'proven', false, 'signup_closed'],
    ['nobody has the address, which is not proven', null, 'not_verified', true, 'email_not_verified'],
    ['nobody has the address, which is not the provider’s', null, 'not_vouched_for', true, 'email_not_vouched_for'],
    ['both have verified the address', { ...found, ...verified }, 'proven', false, 'link'],
    ['only the account has', { ...found, ...verified }, 'not_verified', true, 'email_not_verified'],
    ['the address is not the provider’s', { ...found, ...verified }, 'not_vouched_for', true, 'email_not_vouched_for'],
    ['only the provider has', found, 'proven', false, 'claim'],
    ['neither has', found, 'not_verified', true, 'email_not_verified'],
    [
      'both have, and the account may do more',
      { ...found, ...verified, ...privileged },
      'proven',
      true,
      'privileged_account',
    ],
    [
      'only the provider has, and the account may do more',
      { ...found, ...privileged },
      'proven',
      true,
      'privileged_account',
    ],
    [
      'both have, and it knows another subject',
      { ...found, ...verified, ...knowing },
      'proven',
      true,
      'another_identity',
    ],
    [
      'it knows another subject, and may do more',
      { ...found, ...verified, ...knowing, ...privileged },
      'proven',
      true,
      'privileged_account',
    ],
    ['only the provider has, and it knows another subject', { ...found, ...knowing }, 'proven', true, 'claim'],
    ['the account is disabled', { ...found, ...verified, ...disabled }, 'proven', true, 'account_disabled'],
    [
      'the account is disabled, and knows another subject',
      { ...found, ...verified, ...disabled, ...knowing },
      'proven',
      true,
      'account_disabled',
    ],
    ['the account is disabled, and nobody proved it', { ...found, ...disabled }, 'proven', true, 'account_disabled'],
  ])('%s', (_, account, email, signupOpen, expected) => {
    const decision = decideSignIn({ account, email, signupOpen });
    expect('refused' in decision ? decision.refused : decision.outcome).toBe(expected);
  });
});

describe('an address that a provider tells', () => {
  const ISSUER = 'https://id.acme.example';
  const GOOGLE = 'https://accounts.google.com';
  const proofOf = (email: string, domains: EmailDomains, claims: Partial<EmailClaim> = {}) => {
    const parsed = parseEmail(email);
    const key = parsed.ok ? parsed.value.key : null;
    return decideEmail({ issuer: ISSUER, email, key, emailVerified: true, hostedDomain: null, ...claims }, domains);
  };

  it.each<[email: string, domains: EmailDomains, proof: EmailProof]>([
    ['ann@acme.example', '*', 'proven'],
    ['ann@acme.example', ['acme.example'], 'proven'],
    ['Ann@ACME.Example', ['example.org', 'acme.example'], 'proven'],
    ['ann@bücher.example', ['xn--bcher-kva.example'], 'proven'],
    ['ann@xn--bcher-kva.example', ['xn--bcher-kva.example'], 'proven'],
    ['"an@acme.example"@example.org', ['acme.example'], 'not_vouched_for'],
    ['ann@mail.acme.example', ['acme.example'], 'not_vouched_for'],
    ['ann@acme.example', ['mail.acme.example'], 'not_vouched_for'],
    ['ann@evilacme.example', ['acme.example'], 'not_vouched_for'],
    ['ann@acme.example', [], 'not_vouched_for'],
    ['no address', '*', 'not_verified'],
    ['ﬁona@acme.example', '*', 'not_verified'], // fi, as one character
    ['ｆiona@acme.example', '*', 'not_verified'], // a wide f
    ['\u212aim@acme.example', '*', 'not_verified'], // a Kelvin sign
    ['jürgen@acme.example', '*', 'proven'],
  ])('%s, where it may vouch for %j, is %s', (email, domains, proof) => {
    expect(proofOf(email, domains)).toBe(proof);
    expect(proofOf(email, domains, { emailVerified: false })).toBe('not_verified');
  });

  it.each<[email: string, hostedDomain: string | null, domains: EmailDomains, proof: EmailProof]>([
    ['ann@gmail.com', null, '*', 'proven'],
    ['ann@googlemail.com', null, '*', 'proven'],
    ['ann@example.org', null, '*', 'not_vouched_for'],
    ['ann@mail.gmail.com', null, '*', 'not_vouched_for'],
    ['ann@example.org', 'example.org', '*', 'proven'],
    ['ann@second.example.org', 'example.org', '*', 'proven'], // a Workspace has more than one domain
    ['ann@example.org', null, ['example.org'], 'not_vouched_for'], // somebody’s own account, not the Workspace’s
    ['ann@example.org', 'example.org', ['example.org'], 'proven'],
    ['ann@gmail.com', null, ['example.org'], 'not_vouched_for'],
  ])('%s, from Google (hd: %j), where it may vouch for %j, is %s', (email, hostedDomain, domains, proof) => {
    expect(proofOf(email, domains, { issuer: GOOGLE, hostedDomain })).toBe(proof);
  });

  it('is no more proven by a hosted domain that another issuer tells', () => {
    expect(proofOf('ann@example.org', ['acme.example'], { hostedDomain: 'example.org' })).toBe('not_vouched_for');
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
