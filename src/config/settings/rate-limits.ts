import { LIMIT_NAMES, type LimitName } from '../../domain/rate-limit/policies.js';
import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

/** Instead of the points and the window that a limit has; they are not multiplied. */
export type GivenLimits = Readonly<
  Partial<Record<LimitName, { readonly points: number; readonly windowSeconds: number }>>
>;

export interface RateLimitValues {
  /** Multiplies the points of every rate limit that is not given. */
  readonly rateLimitScale: number;
  readonly rateLimits: GivenLimits;
}

const FORM = /^([a-z_.]+)=([1-9]\d{0,8})\/([1-9]\d{0,4})$/;

function givenLimits(text: string): parse.Parsed<GivenLimits> {
  const given: Record<string, { points: number; windowSeconds: number }> = {};
  for (const item of text.split(',').map((each) => each.trim())) {
    const [, name = '', points = '', windowSeconds = ''] = FORM.exec(item) ?? [];
    if (name === '') return { refused: 'use NAME=POINTS/SECONDS, separated by commas, as in login.ip=200/300' };
    if (!LIMIT_NAMES.some((limit) => limit === name)) return { refused: `the limits are ${LIMIT_NAMES.join(', ')}` };
    if (name in given) return { refused: `${name} is in it twice` };
    given[name] = { points: Number(points), windowSeconds: Number(windowSeconds) };
  }
  return { value: Object.freeze(given) };
}

export const rateLimitSettings: SettingsOf<RateLimitValues> = {
  rateLimitScale: {
    name: 'FLUXGATE_RATE_LIMIT_SCALE',
    parse: parse.positiveNumber,
    unset: () => 1,
    meaning: 'Multiplies every rate limit.',
  },
  rateLimits: {
    name: 'FLUXGATE_RATE_LIMITS',
    parse: givenLimits,
    spell: (given) =>
      Object.entries(given)
        .map(([name, { points, windowSeconds }]) => `${name}=${points}/${windowSeconds}`)
        .join(),
    unset: () => Object.freeze({}),
    default: 'none',
    meaning:
      'Limits that are other ones here, in points and seconds, whatever the scale: `login.ip=200/300,session.end=90/60`.',
  },
};
