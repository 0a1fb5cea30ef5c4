import { shortNumber } from './format.ts';
import { escapeXml } from './xml.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Where the bar must end at the latest. */
  readonly limit?: number;
}

const LABEL_PX = 330;
const PLOT_PX = 460;
const VALUE_PX = 150;
const ROW_PX = 26;
const BAR_PX = 16;

/** Horizontal bars from zero on one scale, as inline SVG; a vertical line marks a bar's limit. Nothing without bars. */
export function barChart(heading: string, unit: string, bars: readonly Bar[]): string {
  if (bars.length === 0) return '';
  const longest = Math.max(...bars.map(({ value, limit = 0 }) => Math.max(value, limit))) || 1;
  const toPx = (value: number): number => Math.round((value / longest) * PLOT_PX);
  const rows = bars.map((bar, nth) => row(bar, nth * ROW_PX, toPx, unit)).join('');
  const width = LABEL_PX + PLOT_PX + VALUE_PX;
  const height = bars.length * ROW_PX;
  return (
    `<h2>${escapeXml(heading)}</h2>` +
    `<svg role="img" aria-label="${escapeXml(heading)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">` +
    `${rows}</svg>`
  );
}

function row({ label, value, limit }: Bar, top: number, toPx: (value: number) => number, unit: string): string {
  const baseline = top + ROW_PX / 2 + 4;
  const broken = limit !== undefined && value > limit;
  const width = toPx(value);
  const shown = `${shortNumber(value)}${unit}${limit === undefined ? '' : ` of ${shortNumber(limit)}${unit}`}`;
  const bar = `<rect class="${broken ? 'bad' : 'good'}" x="${LABEL_PX}" y="${top + (ROW_PX - BAR_PX) / 2}" width="${width}" height="${BAR_PX}"/>`;
  const mark =
    limit === undefined
      ? ''
      : `<line x1="${LABEL_PX + toPx(limit)}" x2="${LABEL_PX + toPx(limit)}" y1="${top + 2}" y2="${top + ROW_PX - 2}"/>`;
  const right = LABEL_PX + Math.max(width, limit === undefined ? 0 : toPx(limit)) + 8;
  return (
    `<g><title>${escapeXml(`${label}: ${shown}`)}</title>` +
    `<text x="${LABEL_PX - 10}" y="${baseline}" text-anchor="end">${escapeXml(label)}</text>${bar}${mark}` +
    `<text x="${right}" y="${baseline}">${escapeXml(shown)}</text></g>`
  );
}
