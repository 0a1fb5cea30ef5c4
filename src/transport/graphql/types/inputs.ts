import { Field, ID, InputType } from 'type-graphql';
import { TokenDelivery, UserType } from './enums.js';

@InputType('SignupInput', {
  description:
    '`userType: ADMIN` is refused (InvalidInput), and a user type never grants a role: roles come from an administrator.',
})
export class SignupInputObject {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String)
  name!: string;

  @Field(() => UserType, { defaultValue: UserType.CLIENT })
  userType!: UserType;

  @Field(() => TokenDelivery, { defaultValue: TokenDelivery.COOKIE })
  delivery!: TokenDelivery;

  @Field(() => String, { nullable: true })
  deviceName?: string | null;
}

@InputType('LoginInput')
export class LoginInputObject {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => TokenDelivery, { defaultValue: TokenDelivery.COOKIE })
  delivery!: TokenDelivery;

  @Field(() => String, { nullable: true })
  deviceName?: string | null;
}

@InputType('ProviderLoginInput', {
  description: "An ID token that the provider gave to the client (for Google: Sign in with Google's `credential`).",
})
export class ProviderLoginInputObject {
  @Field(() => String, { defaultValue: 'google' })
  provider!: string;

  @Field(() => String)
  idToken!: string;

  @Field(() => String, { nullable: true })
  nonce?: string | null;

  @Field(() => UserType, { defaultValue: UserType.CLIENT })
  userType!: UserType;

  @Field(() => TokenDelivery, { defaultValue: TokenDelivery.COOKIE })
  delivery!: TokenDelivery;

  @Field(() => String, { nullable: true })
  deviceName?: string | null;
}

@InputType('LinkProviderInput', { description: 'An ID token that the provider gave to the client, as for a sign-in.' })
export class LinkProviderInputObject {
  @Field(() => String, { defaultValue: 'google' })
  provider!: string;

  @Field(() => String)
  idToken!: string;

  @Field(() => String, { nullable: true })
  nonce?: string | null;
}

@InputType('RefreshInput')
export class RefreshInputObject {
  @Field(() => String, { nullable: true, description: 'Leave out when the refresh cookie carries it.' })
  refreshToken?: string | null;
}

@InputType('RevokeInput', {
  description:
    'Name a session, or present a refresh token, or leave both out for the session this request runs on. Both at once must mean the same session.',
})
export class RevokeInputObject {
  @Field(() => ID, { nullable: true })
  sessionId?: string | null;

  @Field(() => String, { nullable: true })
  refreshToken?: string | null;
}
