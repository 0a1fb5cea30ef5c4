import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export interface ForwardAuthValues {
  /** Of the tokens that services behind a proxy get; null: they get none. */
  readonly forwardAuthAudience: string | null;
}

export const forwardAuthSettings: SettingsOf<ForwardAuthValues> = {
  forwardAuthAudience: {
    name: 'FLUXGATE_FORWARD_AUTH_AUDIENCE',
    parse: parse.audience,
    unset: () => null,
    default: 'none: no token',
    meaning: 'Audience (`aud`) of the tokens that services behind a forward-auth proxy get in `X-Fluxgate-Token`.',
  },
};
