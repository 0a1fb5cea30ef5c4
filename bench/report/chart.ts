/** Bar charts as inline SVG: no script, no font, nothing that is loaded. Colours come from the page's style. */

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Written beside the bar. */
  readonly caption: string;
  /** How it is painted. */
  readonly kind: 'own' | 'other' | 'missed';
  /** Single observations, drawn as dots. */
  readonly dots?: readonly number[];
}

const WIDTH = 860;
const LABEL_WIDTH = 330;
const CAPTION_WIDTH = 150;
const BAR_HEIGHT = 16;
const ROW_HEIGHT = 28;
const SCALE_WIDTH = WIDTH - LABEL_WIDTH - CAPTION_WIDTH;

/** Bars from zero. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const largest = Math.max(...bars.flatMap(({ value, dots }) => [value, ...(dots ?? [])]));
  return chart(title, bars, (value) => (value / largest) * SCALE_WIDTH, null);
}

/** Bars on a logarithmic scale, with a line at the goal. */
export function goalChart(title: string, bars: readonly Bar[]): string {
  const smallest = Math.min(0.5, ...bars.map(({ value }) => value)) * 0.9;
  const largest = Math.max(2, ...bars.map(({ value }) => value));
  const reach = Math.log(largest / smallest);
  return chart(title, bars, (value) => (Math.log(value / smallest) / reach) * SCALE_WIDTH, 1);
}

function chart(title: string, bars: readonly Bar[], scale: (value: number) => number, goal: number | null): string {
  const height = bars.length * ROW_HEIGHT + 4;
  const rows = bars.map((bar, row) => barAt(bar, row * ROW_HEIGHT + 4, scale));
  const x = goal === null ? 0 : LABEL_WIDTH + scale(goal);
  const line = goal === null ? '' : `<line class="goal" x1="${fixed(x)}" x2="${fixed(x)}" y1="0" y2="${height}"/>`;
  return `<svg role="img" aria-label="${escaped(title)}" viewBox="0 0 ${WIDTH} ${height}">${rows.join('')}${line}</svg>`;
}

function barAt({ label, value, caption, kind, dots = [] }: Bar, y: number, scale: (value: number) => number): string {
  const length = Math.max(1, scale(value));
  const middle = y + BAR_HEIGHT / 2;
  const end = LABEL_WIDTH + Math.max(length, ...dots.map(scale));
  const circles = dots.map((dot) => `<circle cx="${fixed(LABEL_WIDTH + scale(dot))}" cy="${middle}" r="2.5"/>`);
  return `<text class="label" x="${LABEL_WIDTH - 10}" y="${middle}">${escaped(label)}</text>
<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${fixed(length)}" height="${BAR_HEIGHT}" rx="2"/>${circles.join('')}
<text class="caption" x="${fixed(end + 8)}" y="${middle}">${escaped(caption)}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
