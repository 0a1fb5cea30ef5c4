import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inProject, root } from './project.mjs';

/** Runs every `check:` script of package.json, whatever the ones before it say, and sums up. */
const manifest = /** @type {{ scripts: Record<string, string> }} */ (
  JSON.parse(readFileSync(inProject('package.json'), 'utf8'))
);
const checks = Object.keys(manifest.scripts).filter((name) => name.startsWith('check:'));

const results = checks.map((name) => {
  console.log(`\n── ${name}`);
  const startedMs = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', name], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return { name, passed: status === 0, seconds: (performance.now() - startedMs) / 1000 };
});

const nameWidth = Math.max(...checks.map((name) => name.length));
console.log('');
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${name.padEnd(nameWidth)} ${seconds.toFixed(1)} s`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
