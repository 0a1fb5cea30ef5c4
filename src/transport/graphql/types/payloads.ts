import { createUnionType, Field, Int, ObjectType } from 'type-graphql';
import { rows, SESSION_ROWS } from '../../edge/prices.js';
import { DeviceObject, IdentityObject, SessionObject, UserObject } from './account.js';
import { RefreshOutcome } from './enums.js';
import {
  EmailTaken,
  IdentityTaken,
  InvalidCredentials,
  InvalidInput,
  InvalidRefreshToken,
  LastWayIn,
  LoginDenied,
  NotFound,
  RateLimited,
  SessionEnded,
  SignupDisabled,
  StaleRefreshToken,
  WeakPassword,
} from './refusals.js';

const LIFETIME = 'Seconds the access token lives: 900.';
const BEARER = 'Always Bearer.';

@ObjectType('AuthPayload', {
  simpleResolvers: true,
  description: "No `id`, on purpose: a client's cache must not keep tokens.",
})
export class AuthPayload {
  readonly __typename!: 'AuthPayload';

  @Field(() => String)
  accessToken!: string;

  @Field(() => String, { nullable: true })
  refreshToken!: string | null;

  @Field(() => Int, { description: LIFETIME })
  expiresIn!: number;

  @Field(() => String, { description: BEARER })
  tokenType!: string;

  @Field(() => UserObject)
  user!: UserObject;

  @Field(() => Boolean)
  isNewDevice!: boolean;

  @Field(() => String, { deprecationReason: 'The same as accessToken; kept for the first clients.' })
  token!: string;

  /** The `session` field is resolved from it, only where it is asked for. */
  sessionId!: string;
}

@ObjectType('RefreshPayload', { simpleResolvers: true })
export class RefreshPayload {
  readonly __typename!: 'RefreshPayload';

  @Field(() => String)
  accessToken!: string;

  @Field(() => String, { nullable: true })
  refreshToken!: string | null;

  @Field(() => Int, { description: LIFETIME })
  expiresIn!: number;

  @Field(() => String, { description: BEARER })
  tokenType!: string;

  @Field(() => RefreshOutcome)
  outcome!: RefreshOutcome;

  /** The `user` and `session` fields are resolved from these, only where they are asked for. */
  userId!: string;
  sessionId!: string;
}

@ObjectType('RevokePayload', { simpleResolvers: true })
export class RevokePayload {
  readonly __typename!: 'RevokePayload';

  @Field(() => SessionObject)
  session!: SessionObject;
}

@ObjectType('RevokeManyPayload', { simpleResolvers: true })
export class RevokeManyPayload {
  readonly __typename!: 'RevokeManyPayload';

  @Field(() => [SessionObject], { complexity: rows(SESSION_ROWS) })
  sessions!: readonly SessionObject[];

  @Field(() => Int)
  revokedCount!: number;
}

@ObjectType('RenameDevicePayload', { simpleResolvers: true })
export class RenameDevicePayload {
  readonly __typename!: 'RenameDevicePayload';

  @Field(() => DeviceObject)
  device!: DeviceObject;
}

@ObjectType('LinkProviderPayload')
export class LinkProviderPayload {
  readonly __typename!: 'LinkProviderPayload';

  @Field(() => IdentityObject)
  identity!: IdentityObject;
}

@ObjectType('UnlinkProviderPayload')
export class UnlinkProviderPayload {
  readonly __typename!: 'UnlinkProviderPayload';

  @Field(() => IdentityObject, { description: 'As it was.' })
  identity!: IdentityObject;
}

/** What a resolver returns for a union says itself which member it is. */
const resolveType = (value: { readonly __typename: string }): string => value.__typename;

export const SignupResult = createUnionType({
  name: 'SignupResult',
  types: () => [AuthPayload, InvalidInput, WeakPassword, EmailTaken, SignupDisabled, RateLimited] as const,
  resolveType,
});

export const LoginResult = createUnionType({
  name: 'LoginResult',
  types: () => [AuthPayload, InvalidCredentials, InvalidInput, RateLimited, LoginDenied] as const,
  resolveType,
});

export const RefreshResult = createUnionType({
  name: 'RefreshResult',
  types: () => [RefreshPayload, SessionEnded, StaleRefreshToken, InvalidRefreshToken, RateLimited] as const,
  resolveType,
});

export const RevokeResult = createUnionType({
  name: 'RevokeResult',
  types: () => [RevokePayload, NotFound, InvalidRefreshToken, RateLimited] as const,
  resolveType,
});

export const RevokeManyResult = createUnionType({
  name: 'RevokeManyResult',
  types: () => [RevokeManyPayload, RateLimited] as const,
  resolveType,
});

export const RenameDeviceResult = createUnionType({
  name: 'RenameDeviceResult',
  types: () => [RenameDevicePayload, NotFound, InvalidInput, RateLimited] as const,
  resolveType,
});

export const LinkProviderResult = createUnionType({
  name: 'LinkProviderResult',
  types: () => [LinkProviderPayload, InvalidCredentials, InvalidInput, IdentityTaken, RateLimited] as const,
  resolveType,
});

export const UnlinkProviderResult = createUnionType({
  name: 'UnlinkProviderResult',
  types: () => [UnlinkProviderPayload, NotFound, LastWayIn, RateLimited] as const,
  resolveType,
});
