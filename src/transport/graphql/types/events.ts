import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { LONG_FIELD_POINTS } from '../../edge/prices.js';
import { RiskDecision, Severity } from './enums.js';
import { DateTime, Json } from './scalars.js';

@ObjectType('RiskSignal', { simpleResolvers: true })
export class RiskSignalObject {
  @Field(() => String)
  code!: string;

  @Field(() => Int)
  weight!: number;

  @Field(() => String, { nullable: true })
  observed!: string | null;

  @Field(() => String, { nullable: true })
  expected!: string | null;
}

@ObjectType('RiskAssessment', {
  simpleResolvers: true,
  description: 'Why a sign-in was judged as it was: every signal that moved the score.',
})
export class RiskAssessmentObject {
  @Field(() => Int)
  score!: number;

  @Field(() => RiskDecision)
  decision!: RiskDecision;

  @Field(() => String)
  policyVersion!: string;

  @Field(() => [RiskSignalObject])
  signals!: readonly RiskSignalObject[];
}

@ObjectType('SecurityEvent', { simpleResolvers: true })
export class SecurityEventObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String, {
    description:
      'Dotted, past tense: login.succeeded, login.failed, session.refreshed, refresh.reused, session.revoked …',
  })
  type!: string;

  @Field(() => Severity)
  severity!: Severity;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => ID, { nullable: true })
  userId!: string | null;

  @Field(() => ID, { nullable: true })
  sessionId!: string | null;

  @Field(() => String, { nullable: true })
  ipAddress!: string | null;

  @Field(() => String, { nullable: true, complexity: LONG_FIELD_POINTS })
  userAgent!: string | null;

  @Field(() => Json, { complexity: LONG_FIELD_POINTS })
  details!: Record<string, unknown>;

  // No sign-in is judged yet: it is null, whatever is asked of it.
  @Field(() => RiskAssessmentObject, { nullable: true, complexity: () => 1 })
  risk!: RiskAssessmentObject | null;
}

@ObjectType('PageInfo', { simpleResolvers: true })
export class PageInfoObject {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

@ObjectType('SecurityEventEdge', { simpleResolvers: true })
export class SecurityEventEdgeObject {
  @Field(() => String)
  cursor!: string;

  @Field(() => SecurityEventObject)
  node!: SecurityEventObject;
}

@ObjectType('SecurityEventConnection', { simpleResolvers: true })
export class SecurityEventConnectionObject {
  @Field(() => [SecurityEventEdgeObject])
  edges!: readonly SecurityEventEdgeObject[];

  @Field(() => [SecurityEventObject])
  nodes!: readonly SecurityEventObject[];

  @Field(() => PageInfoObject)
  pageInfo!: PageInfoObject;
}

@InputType('SecurityEventFilter')
export class SecurityEventFilterInput {
  @Field(() => [String], { nullable: true })
  types?: string[] | null;

  @Field(() => Severity, { nullable: true })
  minSeverity?: Severity | null;

  @Field(() => DateTime, { nullable: true })
  since?: Date | null;

  @Field(() => DateTime, { nullable: true })
  until?: Date | null;
}
