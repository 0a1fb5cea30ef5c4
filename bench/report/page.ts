import { escaped } from './chart.ts';
import { machineInWords, type Machine } from './machine.ts';
import type { Row } from './rows.ts';
import { shown } from './table.ts';

export interface Section {
  readonly heading: string;
  readonly text?: string;
  /** SVG. */
  readonly chart: string;
}

export interface Page {
  readonly title: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  /** One sentence each: how it was measured. */
  readonly method: readonly string[];
  readonly rows: readonly Row[];
  readonly sections: readonly Section[];
}

/** One file that stands alone, in the reader's own colours. */
export function renderPage({ title, measuredAt, machine, method, rows, sections }: Page): string {
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(measuredAt)} · ${escaped(machineInWords(machine))}<br><small>${escaped(packages.join(' · '))}</small></p>
<ul>${method.map((sentence) => `<li>${escaped(sentence)}</li>`).join('')}</ul>
${tableOf(rows)}
${sections.map(renderSection).join('\n')}
</main>
</html>
`;
}

function renderSection({ heading, text, chart }: Section): string {
  return `<h2>${escaped(heading)}</h2>${text === undefined ? '' : `<p>${escaped(text)}</p>`}
<figure>${chart}</figure>`;
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, unit, ours, against, againstName, ratio, goal, met }) =>
      `<tr><th scope="row">${escaped(name)}</th><td>${shown(ours)}</td><td>${shown(against)}${againstName === 'allowed' ? ' allowed' : ''}</td>` +
      `<td class="unit">${escaped(unit)}</td><td>${shown(ratio)}</td>` +
      (goal === null
        ? '<td>none</td><td></td></tr>'
        : `<td>≥ ${shown(goal)}</td><td class="${met ? 'met' : 'not-met'}">${met ? 'met' : 'missed'}</td></tr>`),
  );
  return `<table><thead><tr><th></th><th>ours</th><th>against</th><th></th><th>ratio</th><th>goal</th><th></th></tr></thead>
<tbody>${lines.join('\n')}</tbody></table>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --faint: #6b7685; --rule: #d9dee5; --paper: #fff; --own: #2f6fde; --other: #a9b4c2; --missed: #d2691e; --met: #23803c }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --faint: #93a0b1; --rule: #333c48; --paper: #14181e; --own: #6ea2ff; --other: #566273; --missed: #f0914f; --met: #63c97c } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 900px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } small, .unit { color: var(--faint) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums } th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--rule) }
th { text-align: left; font-weight: 500 } td { text-align: right; white-space: nowrap } td.unit { text-align: left } thead th { text-align: right; color: var(--faint) }
.met { color: var(--met) } .not-met { color: var(--missed); font-weight: 600 }
figure { margin: 0 } svg { width: 100%; font: 12px system-ui, sans-serif }
svg text { fill: var(--ink); dominant-baseline: central } svg .label { text-anchor: end } svg .caption { fill: var(--faint) }
svg .own { fill: var(--own) } svg .other { fill: var(--other) } svg .missed { fill: var(--missed) } svg circle { fill: var(--ink); opacity: .55 } svg .goal { stroke: var(--ink); stroke-dasharray: 4 3 }
`;
