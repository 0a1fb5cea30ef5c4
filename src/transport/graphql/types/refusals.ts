import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { ISSUE_ROWS, rows } from '../../edge/prices.js';
import { SessionEndReason } from './enums.js';

@InterfaceType('Error', {
  description: `A refusal the client is expected to handle. Branch on \`__typename\` with a default: an unknown type means
refused, and new refusals may be added. \`... on Error { code message }\` reads any of them; Apollo Client's
cache needs \`possibleTypes\` for that (possible-types.json beside this schema), or fetchPolicy no-cache.`,
})
abstract class ErrorInterface {
  @Field(() => String, { description: 'Stable, UPPER_SNAKE.' })
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('InvalidCredentials', { implements: ErrorInterface })
export class InvalidCredentials extends ErrorInterface {
  readonly __typename!: 'InvalidCredentials';
}

@ObjectType('InputIssue')
export class InputIssueObject {
  @Field(() => [String])
  path!: readonly string[];

  @Field(() => String)
  message!: string;
}

@ObjectType('InvalidInput', { implements: ErrorInterface })
export class InvalidInput extends ErrorInterface {
  readonly __typename!: 'InvalidInput';

  @Field(() => [InputIssueObject], { complexity: rows(ISSUE_ROWS) })
  issues!: readonly InputIssueObject[];
}

@ObjectType('WeakPassword', { implements: ErrorInterface })
export class WeakPassword extends ErrorInterface {
  readonly __typename!: 'WeakPassword';

  @Field(() => Boolean, { description: 'Whether it stands in the list of known passwords.' })
  breached!: boolean;

  @Field(() => Int)
  minLength!: number;
}

@ObjectType('EmailTaken', { implements: ErrorInterface })
export class EmailTaken extends ErrorInterface {
  readonly __typename!: 'EmailTaken';
}

@ObjectType('RateLimited', { implements: ErrorInterface })
export class RateLimited extends ErrorInterface {
  readonly __typename!: 'RateLimited';

  @Field(() => Int)
  retryAfterSeconds!: number;
}

@ObjectType('LoginDenied', { implements: ErrorInterface })
export class LoginDenied extends ErrorInterface {
  readonly __typename!: 'LoginDenied';

  @Field(() => ID)
  reference!: string;
}

@ObjectType('IdentityTaken', {
  implements: ErrorInterface,
  description: 'Another account signs in with it. It has to be unlinked there first.',
})
export class IdentityTaken extends ErrorInterface {
  readonly __typename!: 'IdentityTaken';
}

@ObjectType('LastWayIn', {
  implements: ErrorInterface,
  description: 'Without it nobody could sign in to the account any more.',
})
export class LastWayIn extends ErrorInterface {
  readonly __typename!: 'LastWayIn';
}

@ObjectType('SessionEnded', {
  implements: ErrorInterface,
  description:
    'Only for an authentic token of a session that has ended. With InvalidRefreshToken the only refusal after which a client signs out and cookies are cleared.',
})
export class SessionEnded extends ErrorInterface {
  readonly __typename!: 'SessionEnded';

  @Field(() => SessionEndReason)
  reason!: SessionEndReason;
}

@ObjectType('InvalidRefreshToken', {
  implements: ErrorInterface,
  description: 'Forged, garbled, or of a session that no longer exists.',
})
export class InvalidRefreshToken extends ErrorInterface {
  readonly __typename!: 'InvalidRefreshToken';
}

@ObjectType('StaleRefreshToken', {
  implements: ErrorInterface,
  description:
    'An older token that arrived late, or from another client: refused, the session goes on. Use the newest token you hold.',
})
export class StaleRefreshToken extends ErrorInterface {
  readonly __typename!: 'StaleRefreshToken';
}

@ObjectType('SignupDisabled', { implements: ErrorInterface })
export class SignupDisabled extends ErrorInterface {
  readonly __typename!: 'SignupDisabled';
}

@ObjectType('NotFound', { implements: ErrorInterface })
export class NotFound extends ErrorInterface {
  readonly __typename!: 'NotFound';
}

/** Each of them, told apart by `__typename`. */
export type RefusalObject =
  | InvalidCredentials
  | InvalidInput
  | WeakPassword
  | EmailTaken
  | RateLimited
  | LoginDenied
  | IdentityTaken
  | LastWayIn
  | SessionEnded
  | InvalidRefreshToken
  | StaleRefreshToken
  | SignupDisabled
  | NotFound;
