import { setFlagsFromString } from 'node:v8';
import { createProgram } from './cli/program.js';
import { StartupError } from './errors.js';

const SERVE = ['serve'];

// The old generation may grow by half before it is collected. V8's own measure, up to four times, is for heaps that hold
// much: of ours nearly all is garbage by then, and memory after load was a third more.
setFlagsFromString('--heap-growing-percent=50');

// Whoever read has seen enough, as in `fluxgate users list | head`: what runs goes on to its end, unheard.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const given = process.argv.slice(2);
const words = given.length > 0 ? given : SERVE;
try {
  const program = await createProgram(words);
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
