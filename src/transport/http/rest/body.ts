import { AuthError, type InputIssue } from '../../../errors.js';

/** Never the client's to say: refused rather than ignored, so that nobody believes it worked. */
const NOT_THE_CLIENTS = ['roles', 'role', 'id', 'emailVerified', 'status'] as const;

type Fields<Name extends string> = { readonly [N in Name]: string };

/**
 * The text fields of a JSON body. Other fields are ignored, as they always were.
 *
 * @throws AuthError INVALID_INPUT with every field that is missing or is not text.
 */
export function readFields<Name extends string>(body: unknown, ...names: Name[]): Fields<Name> {
  const given = isRecord(body) ? body : {};
  const issues: InputIssue[] = [];
  for (const name of names)
    if (typeof given[name] !== 'string' || given[name] === '')
      issues.push({ path: [name], message: `${name} is required, as text.` });
  for (const name of NOT_THE_CLIENTS)
    if (name in given) issues.push({ path: [name], message: `${name} cannot be set here.` });
  if (issues.length > 0) throw new AuthError('INVALID_INPUT', { issues });
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Fields<Name>;
}

/** A text field that may be left out, or null. @throws AuthError INVALID_INPUT */
export function readOptional(body: unknown, name: string): string | null {
  const given = isRecord(body) ? (body[name] ?? null) : null;
  if (given === null || typeof given === 'string') return given;
  throw new AuthError('INVALID_INPUT', { issues: [{ path: [name], message: `${name} is text.` }] });
}

const USER_TYPES = ['client', 'freelancer', 'admin'] as const;

/** @throws AuthError INVALID_INPUT */
export function readUserType(body: unknown): (typeof USER_TYPES)[number] {
  const given = isRecord(body) ? (body['userType'] ?? 'client') : 'client';
  const userType = USER_TYPES.find((type) => type === given);
  if (!userType)
    throw new AuthError('INVALID_INPUT', {
      issues: [{ path: ['userType'], message: 'userType is client or freelancer.' }],
    });
  return userType;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
