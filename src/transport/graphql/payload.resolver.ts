import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root, UseMiddleware } from 'type-graphql';
import { account, sessionById } from '../../auth/queries.js';
import { spendReadOfAnswer } from '../../auth/spend-read.js';
import { QUERY_POINTS } from '../edge/prices.js';
import type { GraphqlContext } from './context.js';
import { sessionView, userView } from './views.js';
import { answerRefusals } from './answer-errors.js';
import { SessionObject, UserObject } from './types/account.js';
import { AuthPayload, RefreshPayload } from './types/payloads.js';

/**
 * Read once for an answer, under however many aliases they are asked for. Answers are made as instances of their types:
 * of a plain object type-graphql would give each field a copy.
 */
const sessionsRead = new WeakMap<AuthPayload | RefreshPayload, Promise<SessionObject>>();
const usersRead = new WeakMap<RefreshPayload, Promise<UserObject>>();

/** The parts of a sign-in's answer that cost a query, read only where they are asked for. */
@Resolver(() => AuthPayload)
@UseMiddleware(answerRefusals)
export class AuthPayloadResolver {
  @FieldResolver(() => SessionObject, { complexity: QUERY_POINTS })
  async session(
    @Root() payload: AuthPayload,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SessionObject> {
    return readSession(context, info, payload, payload.user.id);
  }
}

@Resolver(() => RefreshPayload)
@UseMiddleware(answerRefusals)
export class RefreshPayloadResolver {
  @FieldResolver(() => UserObject, { complexity: QUERY_POINTS })
  async user(
    @Root() payload: RefreshPayload,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UserObject> {
    return once(usersRead, payload, async () => {
      const deps = context.depsFor(info);
      await spendReadOfAnswer(deps, payload.userId, QUERY_POINTS);
      return userView(await account(deps, payload.userId));
    });
  }

  @FieldResolver(() => SessionObject, { complexity: QUERY_POINTS })
  async session(
    @Root() payload: RefreshPayload,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SessionObject> {
    return readSession(context, info, payload, payload.userId);
  }
}

function readSession(
  context: GraphqlContext,
  info: GraphQLResolveInfo,
  payload: AuthPayload | RefreshPayload,
  userId: string,
): Promise<SessionObject> {
  return once(sessionsRead, payload, async () => {
    const deps = context.depsFor(info);
    await spendReadOfAnswer(deps, userId, QUERY_POINTS);
    return sessionView(await sessionById(deps, payload.sessionId), payload.sessionId);
  });
}

function once<Answer extends object, T>(
  known: WeakMap<Answer, Promise<T>>,
  answer: Answer,
  read: () => Promise<T>,
): Promise<T> {
  let reading = known.get(answer);
  if (!reading) known.set(answer, (reading = read()));
  return reading;
}
