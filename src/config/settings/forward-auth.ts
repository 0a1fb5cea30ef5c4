import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export interface ForwardAuthValues {
  /** /account is served. */
  readonly accountPage: boolean;
  /** Of the tokens that services behind a proxy get; null: they get none. */
  readonly forwardAuthAudience: string | null;
}

export const forwardAuthSettings: SettingsOf<ForwardAuthValues> = {
  accountPage: {
    name: 'FLUXGATE_ACCOUNT_PAGE',
    parse: parse.oneOf({ on: true, off: false }),
    spell: (value) => (value ? 'on' : 'off'),
    unset: () => true,
    default: '`on`',
    meaning: '`on` or `off`: the page at `/account`, where people sign in and see their sessions.',
  },
  forwardAuthAudience: {
    name: 'FLUXGATE_FORWARD_AUTH_AUDIENCE',
    parse: parse.audience,
    unset: () => null,
    default: 'none: no token',
    meaning: 'Audience (`aud`) of the tokens that services behind a forward-auth proxy get in `X-Fluxgate-Token`.',
  },
};
