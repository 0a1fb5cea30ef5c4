import { readText } from './environment.ts';
import { html } from './summary/html.ts';
import { readReport } from './summary/report.ts';
import { text } from './summary/text.ts';
import { PROFILE } from './profiles.ts';

/** An existing folder; k6 makes none. */
const RESULTS_DIR = readText('RESULTS_DIR', '.');

/**
 * What handleSummary returns: text for the terminal, k6's own data as JSON, and one HTML page that fetches nothing.
 *
 * @param data in either of k6's summary shapes
 */
export function summarise(script: string, data: unknown): Record<string, string> {
  const report = readReport(`${script}, profile ${PROFILE}`, data);
  const path = `${RESULTS_DIR}/${script}-${PROFILE}`;
  return {
    stdout: text(report),
    [`${path}.json`]: `${JSON.stringify(data, null, 2)}\n`,
    [`${path}.html`]: html(report),
  };
}
