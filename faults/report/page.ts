import { machineInWords, type Machine } from '../../bench/report/machine.ts';
import type { Pace } from '../scenario.ts';
import type { Played } from '../play.ts';
import { cellsOf, HEAD } from './rows.ts';

/** What docs/faults/latest.json holds. */
export interface Report {
  readonly measuredAt: string;
  /** Short, as git names it. */
  readonly commit: string;
  readonly machine: Machine;
  /** `quick`: durations and counts are smaller than those of a whole run. */
  readonly pace: Pace;
  readonly clients: number;
  readonly rows: readonly Played[];
}

/** docs/faults/README.md. */
export function pageOf({ measuredAt, commit, machine, pace, clients, rows }: Report): string {
  const counted = (verdict: Played['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  const [held, slow, broken, notRun] = (['held', 'slow', 'broken', 'not run'] as const).map(counted);
  return `# Faults

What becomes of sessions when something fails: no session is lost, none is ended that nobody stole or ended, and none is
accepted once its end has been acknowledged. \`npm run faults\` starts PostgreSQL, what else is installed, and two gateways;
${clients} clients refresh and try again with the token that they hold, sessions are ended meanwhile, and each fault is
injected in turn. Afterwards the answers, the gateways and the database are held against each other.

\`\`\`sh
npm run faults                             # all of them: more than an hour
npm run faults -- --quick                  # the shorter ones, in four minutes
npm run faults -- --list                   # their names
npm run faults -- --only database-away     # one of them; the option may be repeated
npm run faults -- --soak 60                # an hour of load without a fault: does memory level off?
\`\`\`

Of ${rows.length} faults ${held} held, ${slow} held all but a figure, ${broken} did not hold, and ${notRun} were not run. Commit ${commit}, ${measuredAt.slice(0, 10)},
${machineInWords(machine)}.${pace === 'quick' ? ' Times and counts were the short ones of `--quick`.' : ''}

${table([[...HEAD], HEAD.map(() => '---'), ...rows.map(cellsOf)])}

- **Acknowledged**: refreshes that were answered with tokens.
- **Lost**: sessions that nobody ended, of which the holder was told that the token is not valid, or was given none in a minute
  after the fault. What a standby without the last commits never heard of is told apart.
- **Falsely ended**: sessions that were ended, \`TOKEN_REUSE\`, although each client presents nothing but what it holds.
- **Wrongly accepted**: sessions whose end was acknowledged, and of which the refresh token was accepted afterwards, or the access
  token more than 6.5 s afterwards on another gateway: one whose feed of revocations is 5 s old asks the database.
- **p99**, **longest**: answers to refreshes from the fault on until all had recovered, those that never came among them.
- **Recovered after**: from the end of the fault until the last client had tokens again; clients pause up to 4 s between attempts.
- **slow**: the invariants held, and a figure that is asked for was missed. **not run**: nothing is proven.

The clients, the gateways and the database share the machine, so times are longer than where each has its own.
`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (cell === '---' ? '-'.repeat(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)));
  return rows.map((cells) => `| ${line(cells).join(' | ')} |`).join('\n');
}
