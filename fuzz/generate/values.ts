import fc from 'fast-check';
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';
import type { Draw } from '../pool.ts';
import { HOSTILE_DATES } from './hostile-values.ts';

/** A value that takes its shape now, and what is real of it when it is sent. */
export type ValuePlan = (draw: Draw) => unknown;

const DAY_MS = 86_400_000;
const WORDS = fc.constantFrom('Ada', 'Zoë', 'Firefox on Linux', '日本', 'O’Neill', 'a b');
/** Whole days, so that a seed makes the same again within one. */
const RECENT = fc
  .integer({ min: -30, max: 1 })
  .map((days) => new Date((Math.floor(Date.now() / DAY_MS) + days) * DAY_MS).toISOString());
const EVENT_TYPES = fc.constantFrom('login.succeeded', 'session.refreshed', 'session.revoked', 'no.such.event');

/** What the schema cannot say of a value: which of the real ones it is. By the name of the argument or the field. */
const BY_NAME: Readonly<Record<string, fc.Arbitrary<ValuePlan>>> = {
  email: fc.constant((draw: Draw) => draw.session.account.email),
  password: fc.constant((draw: Draw) => draw.session.account.password),
  refreshToken: fc.constant((draw: Draw) => draw.refreshToken()),
  sessionId: fc.nat(999).map((pick) => (draw: Draw) => (pick % 4 === 0 ? draw.otherSessionId(pick) : draw.session.id)),
  deviceId: fc.nat(999).map((pick) => (draw: Draw) => draw.deviceId(pick)),
  after: fc.nat(999).map((pick) => (draw: Draw) => draw.cursor(pick) || null),
  first: oftenSmall(),
  types: fc.array(EVENT_TYPES, { maxLength: 3 }).map(always),
  provider: fc.constantFrom('google', 'acme').map(always),
  name: WORDS.map(always),
  deviceName: fc.option(WORDS, { freq: 3 }).map(always),
};

/** Small pages, and now and then one at a limit. */
function oftenSmall(): fc.Arbitrary<ValuePlan> {
  return fc.oneof({ arbitrary: fc.integer({ min: 1, max: 20 }), weight: 9 }, fc.constantFrom(1, 100)).map(always);
}

function always(value: unknown): ValuePlan {
  return () => value;
}

/** A value of a type, which its name tells more of. */
export function valueOf(type: GraphQLInputType, name: string): fc.Arbitrary<ValuePlan> {
  if (isNonNullType(type)) return valueOf(type.ofType, name);
  const named = BY_NAME[name];
  if (named) return named;
  if (isListType(type))
    return fc
      .array(valueOf(type.ofType, name), { maxLength: 3 })
      .map((plans) => (draw: Draw) => plans.map((plan) => plan(draw)));
  if (isInputObjectType(type)) return objectOf(type);
  if (isEnumType(type)) {
    const names = type.getValues().map((value) => value.name);
    // What is for nobody to choose is chosen rarely: most operations are to succeed.
    return fc.constantFrom(...names.filter((each) => each !== 'ADMIN'), ...(names.length > 2 ? names : [])).map(always);
  }
  if (type.name === 'Int') return fc.integer({ min: 0, max: 50 }).map(always);
  if (type.name === 'Boolean') return fc.boolean().map(always);
  if (type.name === 'DateTime') return fc.oneof({ arbitrary: RECENT, weight: 9 }, HOSTILE_DATES).map(always);
  return WORDS.map(always);
}

function objectOf(type: GraphQLInputObjectType): fc.Arbitrary<ValuePlan> {
  const fields = Object.values(type.getFields());
  const isNewAccount = type.name === 'SignupInput';
  // A refresh token and a session's id mean the same session, or nothing: one of them at most.
  const either = fields.some(({ name }) => name === 'sessionId') ? ['sessionId', 'refreshToken'] : [];
  return fc
    .tuple(fc.nat(either.length), ...fields.map((field) => fc.tuple(fc.boolean(), valueOf(field.type, field.name))))
    .map(([chosen, ...planned]) => (draw: Draw) => {
      const account = isNewAccount ? draw.newAccount() : null;
      const entries = fields.flatMap((field, at) => {
        const [isGiven, plan] = planned[at] ?? [];
        const isLeftOut = either.includes(field.name) ? either[chosen] !== field.name : !isGiven;
        if (!plan || (isLeftOut && !isRequiredInputField(field))) return [];
        const own = account && (field.name === 'email' || field.name === 'password') ? account[field.name] : plan(draw);
        return own === undefined ? [] : [[field.name, own] as const];
      });
      return Object.fromEntries(entries);
    });
}
