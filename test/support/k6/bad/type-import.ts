import { Options } from 'k6/options';

/** A type, imported as if it were there when the script runs. */
export const options: Options = { vus: 1 };

export default function () {}
