import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { SessionEndReason } from './enums.js';

@InterfaceType('Error', {
  description: `A refusal the client is expected to handle. Branch on \`__typename\` with a default: an unknown type means
refused, and new refusals may be added. \`... on Error { code message }\` reads any of them; Apollo Client's
cache needs \`possibleTypes\` for that (exported as fluxgate/possible-types.json), or fetchPolicy no-cache.`,
})
abstract class RefusalObject {
  readonly __typename!: string;

  @Field(() => String, { description: 'Stable, UPPER_SNAKE.' })
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('InvalidCredentials', { implements: RefusalObject })
export class InvalidCredentials extends RefusalObject {}

@ObjectType('InputIssue')
export class InputIssueObject {
  @Field(() => [String])
  path!: readonly string[];

  @Field(() => String)
  message!: string;
}

@ObjectType('InvalidInput', { implements: RefusalObject })
export class InvalidInput extends RefusalObject {
  @Field(() => [InputIssueObject])
  issues!: readonly InputIssueObject[];
}

@ObjectType('WeakPassword', { implements: RefusalObject })
export class WeakPassword extends RefusalObject {
  @Field(() => Boolean, { description: 'Whether it stands in the list of known passwords.' })
  breached!: boolean;

  @Field(() => Int)
  minLength!: number;
}

@ObjectType('EmailTaken', { implements: RefusalObject })
export class EmailTaken extends RefusalObject {}

@ObjectType('RateLimited', { implements: RefusalObject })
export class RateLimited extends RefusalObject {
  @Field(() => Int)
  retryAfterSeconds!: number;
}

@ObjectType('LoginDenied', { implements: RefusalObject })
export class LoginDenied extends RefusalObject {
  @Field(() => ID)
  reference!: string;
}

@ObjectType('IdentityTaken', {
  implements: RefusalObject,
  description: 'Another account signs in with it. It has to be unlinked there first.',
})
export class IdentityTaken extends RefusalObject {}

@ObjectType('LastWayIn', {
  implements: RefusalObject,
  description: 'Without it nobody could sign in to the account any more.',
})
export class LastWayIn extends RefusalObject {}

@ObjectType('SessionEnded', {
  implements: RefusalObject,
  description:
    'Only for an authentic token of a session that has ended. With InvalidRefreshToken the only refusal after which a client signs out and cookies are cleared.',
})
export class SessionEnded extends RefusalObject {
  @Field(() => SessionEndReason)
  reason!: SessionEndReason;
}

@ObjectType('InvalidRefreshToken', {
  implements: RefusalObject,
  description: 'Forged, garbled, or of a session that no longer exists.',
})
export class InvalidRefreshToken extends RefusalObject {}

@ObjectType('StaleRefreshToken', {
  implements: RefusalObject,
  description:
    'An older token that arrived late, or from another client: refused, the session goes on. Use the newest token you hold.',
})
export class StaleRefreshToken extends RefusalObject {}

@ObjectType('SignupDisabled', { implements: RefusalObject })
export class SignupDisabled extends RefusalObject {}

@ObjectType('NotFound', { implements: RefusalObject })
export class NotFound extends RefusalObject {}
