import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Int, Mutation, Query, Resolver, UseMiddleware } from 'type-graphql';
import { account, authConfig, MAX_FIRST, securityEvents, sessionById, sessions } from '../../auth/queries.js';
import { renameDevice } from '../../auth/rename-device.js';
import { page, QUERY_POINTS, rows, SESSION_ROWS } from '../edge/prices.js';
import type { GraphqlContext } from './context.js';
import { deviceView, eventsView, sessionView, userView } from './views.js';
import { answerRefusals } from './answer-errors.js';
import { AuthConfigObject, SessionObject, UserObject } from './types/account.js';
import { SessionStatus } from './types/enums.js';
import { SecurityEventConnectionObject, SecurityEventFilterInput } from './types/events.js';
import { RenameDeviceResult, type RenameDevicePayload } from './types/payloads.js';

/** What a signed-in user sees and changes of the account. */
@Resolver()
@UseMiddleware(answerRefusals)
export class AccountResolver {
  @Query(() => UserObject, {
    nullable: true,
    complexity: QUERY_POINTS,
    description:
      'The signed-in user; null when the request carries no credential. A credential that is presented and not valid is 401 UNAUTHENTICATED.',
  })
  async me(@Ctx() context: GraphqlContext, @Info() info: GraphQLResolveInfo): Promise<UserObject | null> {
    const viewer = await context.authenticate();
    return viewer && userView(await account(context.depsFor(info), viewer.userId));
  }

  @Query(() => SessionObject, {
    nullable: true,
    complexity: QUERY_POINTS,
    description: 'The session this request runs on; null when the request carries no credential.',
  })
  async session(@Ctx() context: GraphqlContext, @Info() info: GraphQLResolveInfo): Promise<SessionObject | null> {
    const viewer = await context.authenticate();
    return viewer && sessionView(await sessionById(context.depsFor(info), viewer.sessionId), viewer.sessionId);
  }

  @Query(() => [SessionObject], {
    complexity: rows(SESSION_ROWS, QUERY_POINTS),
    description: "The signed-in user's sessions, newest use first.",
  })
  async sessions(
    @Arg('status', () => SessionStatus, { defaultValue: SessionStatus.ACTIVE }) status: SessionStatus,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SessionObject[]> {
    const viewer = await context.requireViewer();
    const list = await sessions(context.depsFor(info), viewer, status);
    return list.map((session) => sessionView(session, viewer.sessionId));
  }

  @Query(() => SecurityEventConnectionObject, {
    complexity: page(MAX_FIRST),
    description:
      "The signed-in user's own security events, newest first; `first` 1 to 100. session.refreshed is left out unless `filter.types` names it.",
  })
  async securityEvents(
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('filter', () => SecurityEventFilterInput, { nullable: true })
    filter: SecurityEventFilterInput | null | undefined,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SecurityEventConnectionObject> {
    const viewer = await context.requireViewer();
    const page = await securityEvents(
      context.depsFor(info),
      viewer,
      { first, after: after ?? null },
      {
        types: filter?.types ?? undefined,
        minSeverity: filter?.minSeverity ?? undefined,
        since: filter?.since ?? undefined,
        until: filter?.until ?? undefined,
      },
    );
    return eventsView(page, Boolean(after));
  }

  @Query(() => AuthConfigObject)
  authConfig(@Ctx() context: GraphqlContext, @Info() info: GraphQLResolveInfo): AuthConfigObject {
    return authConfig(context.depsFor(info));
  }

  @Mutation(() => RenameDeviceResult)
  async renameDevice(
    @Arg('deviceId', () => ID) deviceId: string,
    @Arg('name', () => String) name: string,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RenameDevicePayload> {
    const viewer = await context.requireViewer();
    const device = await renameDevice(context.depsFor(info), context.meta, viewer, { deviceId, name });
    return { __typename: 'RenameDevicePayload', device: deviceView(device) };
  }
}
