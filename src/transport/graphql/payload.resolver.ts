import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root, UseMiddleware } from 'type-graphql';
import { account, sessionById } from '../../auth/queries.js';
import type { GraphqlContext } from './context.js';
import { sessionView, userView } from './views.js';
import { answerRefusals } from './answer-errors.js';
import { SessionObject, UserObject } from './types/account.js';
import { AuthPayload, RefreshPayload } from './types/payloads.js';

/** The parts of a sign-in's answer that cost a query, read only where they are asked for. */
@Resolver(() => AuthPayload)
@UseMiddleware(answerRefusals)
export class AuthPayloadResolver {
  @FieldResolver(() => SessionObject)
  async session(
    @Root() payload: AuthPayload,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SessionObject> {
    return sessionView(await sessionById(context.depsFor(info), payload.sessionId), payload.sessionId);
  }
}

@Resolver(() => RefreshPayload)
@UseMiddleware(answerRefusals)
export class RefreshPayloadResolver {
  @FieldResolver(() => UserObject)
  async user(
    @Root() payload: RefreshPayload,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UserObject> {
    return userView(await account(context.depsFor(info), payload.userId));
  }

  @FieldResolver(() => SessionObject)
  async session(
    @Root() payload: RefreshPayload,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SessionObject> {
    return sessionView(await sessionById(context.depsFor(info), payload.sessionId), payload.sessionId);
  }
}
