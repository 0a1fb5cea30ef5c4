import type { Played } from '../play.ts';
import { cellsOf, HEAD } from './rows.ts';

/** Of the page, but not of a terminal. */
const HOW = HEAD.indexOf('How');
const VERDICT = HEAD.indexOf('Result') - 1;
const COLOURS: Readonly<Record<string, number>> = { held: 32, slow: 31, broken: 31, 'not run': 33 };

/** For a terminal. @param coloured what is not as it should be is red */
export function tableOf(played: readonly Played[], coloured: boolean): string {
  const lines = [[...HEAD], ...played.map(cellsOf)].map((cells) => cells.filter((_, column) => column !== HOW));
  const widths = HEAD.slice(1).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const shown = (cell: string, column: number) => {
    const padded = cell.padEnd(widths[column] ?? 0);
    const colour = coloured && column === VERDICT ? COLOURS[cell] : undefined;
    return colour === undefined ? padded : `\u001b[${colour}m${padded}\u001b[0m`;
  };
  return lines.map((cells) => cells.map(shown).join('  ').trimEnd()).join('\n');
}
