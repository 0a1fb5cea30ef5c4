import fc from 'fast-check';
import { encode, type RequestParts } from '../http/parts.ts';
import { HEADER_NAMES, HOSTILE_CHOICES, HOSTILE_HEADER_VALUES, hostileInPlaceOf } from './hostile-values.ts';
import { answeredWell, type RequestPlan } from './plan.ts';

type Mutation = (parts: RequestParts) => RequestParts;

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'] as const;
const DOCUMENT_PIECES = [
  '{'.repeat(500),
  '# \u0000\n'.repeat(50),
  '"""',
  '\ufeff',
  '... on Nothing { x }',
  '...A fragment A on Query { ...A }',
  '@include(if: $no)',
  ' __schema { types { name fields { name } } } ',
  '(first: 2147483648)',
  '(first: 1e999)',
  ', x: "\\u{110000}" ',
];

const mutateJson = fc.tuple(fc.nat(9_999), HOSTILE_CHOICES, fc.boolean()).map(
  ([pick, choice, isLikeIt]): Mutation =>
    (parts) =>
      withBody(parts, (body) => {
        const json = JSON.parse(body) as unknown;
        const places = placesIn(json);
        const place = places[pick % Math.max(1, places.length)];
        if (!place) return JSON.stringify(choice.any);
        const holder = place.holder as Record<string, unknown>;
        holder[place.key] = isLikeIt ? hostileInPlaceOf(holder[place.key], choice) : choice.any;
        return JSON.stringify(json);
      }),
);

const mutateText = fc.tuple(fc.nat(20_000), fc.nat(3), fc.string({ unit: 'binary', maxLength: 8 })).map(
  ([at, kind, text]): Mutation =>
    (parts) =>
      withBody(parts, (body) => {
        const place = at % Math.max(1, body.length);
        if (kind === 0) return body.slice(0, place);
        if (kind === 1) return body.slice(0, place) + text + body.slice(place);
        return body.slice(0, place) + text + body.slice(place + text.length);
      }),
);

const mutateDocument = fc.tuple(fc.nat(20_000), fc.constantFrom(...DOCUMENT_PIECES)).map(
  ([at, piece]): Mutation =>
    (parts) =>
      withBody(parts, (body) => {
        const json = JSON.parse(body) as { query?: string };
        if (typeof json.query !== 'string') return body;
        const place = at % (json.query.length + 1);
        return JSON.stringify({ ...json, query: json.query.slice(0, place) + piece + json.query.slice(place) });
      }),
);

const mutateHeader = fc
  .tuple(HEADER_NAMES, HOSTILE_HEADER_VALUES, fc.boolean())
  .map(([name, value, twice]): Mutation => (parts) => ({
    ...parts,
    headers: [...parts.headers.filter(([each]) => twice || each !== name), [name, value.replaceAll(/[\r\n]/g, '')]],
  }));

const dropHeader = fc.nat(9).map((at): Mutation => (parts) => ({
  ...parts,
  headers: parts.headers.filter((_, index) => index !== at % (parts.headers.length || 1)),
}));

/** A token, wherever it stands, cut short or with another character in it. */
const damageToken = fc.tuple(fc.nat(300), fc.boolean()).map(([at, cuts]): Mutation => {
  const damaged = (text: string) =>
    text.replaceAll(/(fgr_|eyJ)[\w.-]+/g, (token) => {
      const place = at % token.length;
      return cuts ? token.slice(0, place) : `${token.slice(0, place)}~${token.slice(place + 1)}`;
    });
  return (parts) =>
    withBody({ ...parts, headers: parts.headers.map(([name, value]) => [name, damaged(value)] as const) }, damaged);
});

const mutateTarget = fc
  .constantFrom('%00', '/', '//', '/..', '?', '?query=%7B', '#x', ';x', '%2e%2e/', '?__proto__=1')
  .map((end): Mutation => (parts) => ({ ...parts, target: parts.target + end }));

const mutateMethod = fc.constantFrom(...METHODS).map((method): Mutation => (parts) => ({ ...parts, method }));

const MUTATIONS = fc.oneof(
  { arbitrary: mutateJson, weight: 4 },
  { arbitrary: mutateDocument, weight: 2 },
  { arbitrary: mutateHeader, weight: 3 },
  { arbitrary: damageToken, weight: 2 },
  mutateText,
  dropHeader,
  mutateTarget,
  mutateMethod,
);

/** Requests with one to three things wrong. What is to be learnt of them is that they are refused. */
export function mutated(requests: fc.Arbitrary<RequestPlan>): fc.Arbitrary<RequestPlan> {
  return fc.tuple(requests, fc.array(MUTATIONS, { minLength: 1, maxLength: 3 })).map(([plan, mutations]) => (pool) => {
    const request = plan(pool);
    if (request.parts === null) return request;
    const parts = mutations.reduce((each, mutation) => mutation(each), request.parts);
    return {
      ...request,
      kind: 'mutated',
      bytes: encode(parts),
      parts,
      mayBeCutOff: true, // a control character in a header is for HTTP's parser to refuse
      isMeantToSucceed: false,
      hasSucceeded: answeredWell,
    };
  });
}

/** A body that is not what the change expects stays as it is. */
function withBody(parts: RequestParts, change: (body: string) => string): RequestParts {
  if (parts.body === undefined) return parts;
  try {
    return { ...parts, body: change(parts.body) };
  } catch {
    return parts;
  }
}

function placesIn(json: unknown): { readonly holder: object; readonly key: string }[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => [{ holder: json, key }, ...placesIn(value)]);
}
