import type { Answer } from './gateway.js';

/** The Set-Cookie lines of an answer by cookie name: value and attributes, sorted, as they are written (RFC 6265 §4.1). */
export function setCookies({ headers }: Pick<Answer, 'headers'>): Map<string, { value: string; attributes: string[] }> {
  return new Map(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: attributes.sort() }] as const;
    }),
  );
}
