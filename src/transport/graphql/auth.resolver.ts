import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver, UseMiddleware } from 'type-graphql';
import { login } from '../../auth/login.js';
import { refresh } from '../../auth/refresh.js';
import { revoke, revokeMany } from '../../auth/revoke.js';
import { signup } from '../../auth/signup.js';
import { endsTheSession } from '../edge/errors.js';
import type { GraphqlContext } from './context.js';
import { deliver, requireDelivery } from './deliver.js';
import { sessionView } from './views.js';
import { answerRefusals } from './answer-errors.js';
import { LoginInputObject, RefreshInputObject, RevokeInputObject, SignupInputObject } from './types/inputs.js';
import {
  LoginResult,
  RefreshResult,
  RevokeManyResult,
  RevokeResult,
  SignupResult,
  type AuthPayload,
  RefreshPayload,
  type RevokeManyPayload,
  type RevokePayload,
} from './types/payloads.js';

/** Signing up and in, refreshing, and ending sessions. */
@Resolver()
@UseMiddleware(answerRefusals)
export class AuthResolver {
  @Mutation(() => SignupResult)
  async signup(
    @Arg('input', () => SignupInputObject) input: SignupInputObject,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AuthPayload> {
    requireDelivery(context, input.delivery);
    const signedIn = await signup(context.depsFor(info), context.meta, {
      ...input,
      deviceName: input.deviceName ?? null,
      keepsCookies: input.delivery === 'COOKIE',
    });
    return deliver(context, signedIn, input.delivery);
  }

  @Mutation(() => LoginResult)
  async login(
    @Arg('input', () => LoginInputObject) input: LoginInputObject,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AuthPayload> {
    requireDelivery(context, input.delivery);
    const signedIn = await login(context.depsFor(info), context.meta, {
      ...input,
      deviceName: input.deviceName ?? null,
      keepsCookies: input.delivery === 'COOKIE',
    });
    return deliver(context, signedIn, input.delivery);
  }

  @Mutation(() => RefreshResult)
  async refresh(
    @Arg('input', () => RefreshInputObject, { defaultValue: {} }) input: RefreshInputObject,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RefreshPayload> {
    const byCookie = input.refreshToken === undefined || input.refreshToken === null;
    const presented = input.refreshToken ?? context.meta.refreshCookie ?? '';
    try {
      const refreshed = await refresh(context.depsFor(info), context.meta, presented);
      if (byCookie) context.cookies.set(context.reply, refreshed);
      return Object.assign(new RefreshPayload(), {
        __typename: 'RefreshPayload' as const,
        userId: refreshed.userId,
        sessionId: refreshed.sessionId,
        accessToken: refreshed.accessToken,
        refreshToken: byCookie ? null : refreshed.refreshToken,
        expiresIn: refreshed.expiresInSeconds,
        tokenType: 'Bearer',
        outcome: refreshed.outcome,
      });
    } catch (error) {
      if (byCookie && endsTheSession(error)) context.cookies.clear(context.reply);
      throw error;
    }
  }

  @Mutation(() => RevokeResult, {
    description: 'Ends one session. Ending a session that has already ended succeeds again.',
  })
  async revoke(
    @Arg('input', () => RevokeInputObject, { defaultValue: {} }) input: RevokeInputObject,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RevokePayload> {
    const { session, currentSessionId, endsCookies } = await revoke(
      context.depsFor(info),
      context.meta,
      context.authenticate,
      {
        sessionId: input.sessionId ?? null,
        refreshToken: input.refreshToken ?? null,
      },
    );
    if (endsCookies) context.cookies.clear(context.reply);
    return { __typename: 'RevokePayload', session: sessionView(session, currentSessionId) };
  }

  @Mutation(() => RevokeManyResult, { description: "Ends the user's other sessions and leaves this one." })
  async revokeOthers(@Ctx() context: GraphqlContext, @Info() info: GraphQLResolveInfo): Promise<RevokeManyPayload> {
    return endMany(context, info, 'others');
  }

  @Mutation(() => RevokeManyResult, { description: 'Ends every session of the user, this one too.' })
  async revokeAll(@Ctx() context: GraphqlContext, @Info() info: GraphQLResolveInfo): Promise<RevokeManyPayload> {
    return endMany(context, info, 'all');
  }
}

async function endMany(
  context: GraphqlContext,
  info: GraphQLResolveInfo,
  which: 'others' | 'all',
): Promise<RevokeManyPayload> {
  const viewer = await context.requireViewer();
  const { sessions, endsCookies } = await revokeMany(context.depsFor(info), context.meta, viewer, which);
  if (endsCookies) context.cookies.clear(context.reply);
  return {
    __typename: 'RevokeManyPayload',
    sessions: sessions.map((session) => sessionView(session, viewer.sessionId)),
    revokedCount: sessions.length,
  };
}
