import type { FastifyRequest, RouteShorthandOptions } from 'fastify';
import { USER_TYPES } from '../../../auth/queries.js';
import { AuthError } from '../../../errors.js';

/** JSON Schema. `description` is what people read, after the field's name, where it does not hold. */
type FieldSchema = Readonly<Record<string, unknown>> & { readonly description: string };

const TEXT: FieldSchema = { type: 'string', minLength: 1, description: 'is required, as text.' };

/** Never the client's to say: refused rather than ignored, so that nobody believes it worked. */
const REFUSED: FieldSchema = { not: {}, description: 'cannot be set here.' };
const NOT_THE_CLIENTS = { roles: REFUSED, role: REFUSED, id: REFUSED, emailVerified: REFUSED, status: REFUSED };

const OPTIONAL = {
  nonce: { type: ['string', 'null'], description: 'is text.' },
  userType: { enum: [...USER_TYPES, null], description: 'is client or freelancer.' },
} satisfies Record<string, FieldSchema>;

interface OptionalFields {
  readonly nonce?: string | null;
  readonly userType?: (typeof USER_TYPES)[number] | null;
}

type Fields<Text extends string, Optional extends keyof OptionalFields> = Readonly<Record<Text, string>> &
  Pick<OptionalFields, Optional>;

/**
 * The JSON body of a route: text fields that it needs, and fields that may be left out, or null. Others are dropped, as
 * they always were.
 *
 * `checked` is for the route. `read` is for its handler, so that a refusal is observed as the operation's outcome.
 *
 * @throws AuthError INVALID_INPUT with every field that does not hold; from `read`
 */
export function jsonBody<Text extends string, Optional extends keyof OptionalFields = never>(
  required: readonly Text[],
  optional: readonly Optional[] = [],
) {
  const properties: Readonly<Record<string, FieldSchema>> = {
    ...Object.fromEntries(required.map((name) => [name, TEXT])),
    ...Object.fromEntries(optional.map((name) => [name, OPTIONAL[name]])),
    ...NOT_THE_CLIENTS,
  };
  const checked: RouteShorthandOptions = {
    attachValidation: true,
    schema: { body: { type: 'object', required, properties, additionalProperties: false } },
    schemaErrorFormatter(errors) {
      const names = errors.flatMap(({ keyword, instancePath, params }) => {
        if (keyword === 'required') return String(params['missingProperty']);
        return instancePath === '' ? required : instancePath.slice(1); // '' is the body itself, which is no object
      });
      const issues = names.map((name) => ({ path: [name], message: `${name} ${properties[name]?.description}` }));
      return new AuthError('INVALID_INPUT', { issues });
    },
  };
  return {
    checked,
    read(request: FastifyRequest): Fields<Text, Optional> {
      if (request.validationError) throw request.validationError;
      return request.body as Fields<Text, Optional>;
    },
  };
}
