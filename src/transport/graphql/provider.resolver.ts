import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Mutation, Query, Resolver, UseMiddleware } from 'type-graphql';
import { identities } from '../../auth/queries.js';
import { linkProvider, unlinkProvider } from '../../auth/link-provider.js';
import { loginWithProvider } from '../../auth/login-with-provider.js';
import { IDENTITY_ROWS, QUERY_POINTS, rows } from '../edge/prices.js';
import type { GraphqlContext } from './context.js';
import { deliver, requireDelivery } from './deliver.js';
import { identityView } from './views.js';
import { answerRefusals } from './answer-errors.js';
import { IdentityObject } from './types/account.js';
import { LinkProviderInputObject, ProviderLoginInputObject } from './types/inputs.js';
import {
  LinkProviderResult,
  LoginResult,
  UnlinkProviderResult,
  type AuthPayload,
  type LinkProviderPayload,
  type UnlinkProviderPayload,
} from './types/payloads.js';

/** Signing in with a provider, and which of them an account has. */
@Resolver()
@UseMiddleware(answerRefusals)
export class ProviderResolver {
  @Mutation(() => LoginResult)
  async loginWithProvider(
    @Arg('input', () => ProviderLoginInputObject) input: ProviderLoginInputObject,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AuthPayload> {
    requireDelivery(context, input.delivery);
    const signedIn = await loginWithProvider(context.depsFor(info), context.meta, {
      ...input,
      nonce: input.nonce ?? null,
      deviceName: input.deviceName ?? null,
      keepsCookies: input.delivery === 'COOKIE',
    });
    return deliver(context, signedIn, input.delivery);
  }

  @Query(() => [IdentityObject], {
    complexity: rows(IDENTITY_ROWS, QUERY_POINTS),
    description: 'The providers that the signed-in user can sign in with, oldest first.',
  })
  async identities(@Ctx() context: GraphqlContext, @Info() info: GraphQLResolveInfo): Promise<IdentityObject[]> {
    const viewer = await context.requireViewer();
    return (await identities(context.depsFor(info), viewer)).map(identityView);
  }

  @Mutation(() => LinkProviderResult, {
    description:
      "Adds a way to sign in to the signed-in user's account. Linking what is linked already succeeds again.",
  })
  async linkProvider(
    @Arg('input', () => LinkProviderInputObject) input: LinkProviderInputObject,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<LinkProviderPayload> {
    const viewer = await context.requireViewer();
    const given = { ...input, nonce: input.nonce ?? null };
    const identity = await linkProvider(context.depsFor(info), context.meta, viewer, given);
    return { __typename: 'LinkProviderPayload', identity: identityView(identity) };
  }

  @Mutation(() => UnlinkProviderResult, {
    description: 'Takes a way to sign in away, unless it is the last. Sessions that began with it go on.',
  })
  async unlinkProvider(
    @Arg('identityId', () => ID) identityId: string,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UnlinkProviderPayload> {
    const viewer = await context.requireViewer();
    const identity = await unlinkProvider(context.depsFor(info), context.meta, viewer, identityId);
    return { __typename: 'UnlinkProviderPayload', identity: identityView(identity) };
  }
}
