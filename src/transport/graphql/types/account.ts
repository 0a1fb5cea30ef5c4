import { Field, ID, Int, ObjectType } from 'type-graphql';
import { SessionEndReason, SessionStatus, UserType } from './enums.js';
import { DateTime } from './scalars.js';

@ObjectType('User', { simpleResolvers: true })
export class UserObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  email!: string;

  @Field(() => Boolean)
  emailVerified!: boolean;

  @Field(() => String)
  name!: string;

  @Field(() => UserType)
  userType!: UserType;

  @Field(() => [String])
  roles!: readonly string[];

  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType('Device', { simpleResolvers: true })
export class DeviceObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'For people: "Firefox on macOS".' })
  name!: string;

  @Field(() => String, { nullable: true })
  browser!: string | null;

  @Field(() => String, { nullable: true })
  os!: string | null;

  @Field(() => DateTime)
  firstSeenAt!: Date;

  @Field(() => DateTime)
  lastSeenAt!: Date;
}

@ObjectType('Session', {
  simpleResolvers: true,
  description: 'One sign-in on one device. Its refresh token changes at every refresh; its id does not.',
})
export class SessionObject {
  @Field(() => ID)
  id!: string;

  @Field(() => SessionStatus)
  status!: SessionStatus;

  @Field(() => Boolean)
  isCurrent!: boolean;

  @Field(() => DeviceObject)
  device!: DeviceObject;

  @Field(() => String)
  deviceName!: string;

  @Field(() => String, { nullable: true })
  ipAddress!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  lastUsedAt!: Date;

  @Field(() => DateTime, {
    description: 'When it ends if it stays idle. Moves with activity, never past `absoluteExpiresAt`.',
  })
  expiresAt!: Date;

  @Field(() => DateTime, { description: 'When it ends whatever happens. Never moves.' })
  absoluteExpiresAt!: Date;

  @Field(() => DateTime)
  authenticatedAt!: Date;

  @Field(() => DateTime, { nullable: true })
  revokedAt!: Date | null;

  @Field(() => SessionEndReason, { nullable: true })
  endReason!: SessionEndReason | null;
}

@ObjectType('Identity', {
  simpleResolvers: true,
  description: 'A way to sign in through an OpenID provider.',
})
export class IdentityObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Its name here: "google".' })
  provider!: string;

  @Field(() => String, { nullable: true, description: 'As the provider last told it; for people.' })
  email!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  lastUsedAt!: Date;
}

@ObjectType('AuthConfig', {
  simpleResolvers: true,
  description: 'What a sign-in form needs to know before anyone is signed in.',
})
export class AuthConfigObject {
  @Field(() => Boolean)
  signupEnabled!: boolean;

  @Field(() => Int)
  passwordMinLength!: number;

  @Field(() => [String])
  providers!: readonly string[];
}
