import { readFileSync } from 'node:fs';

/**
 * Ends the process with one sentence when this Node is older than package.json's `engines` asks for. Whatever imports
 * this must parse on Node 18 and import the rest dynamically, or the sentence is never reached.
 */
export function requireNode() {
  const manifest = /** @type {{ engines: { node: string } }} */ (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  );
  const needed = manifest.engines.node.replace('>=', '');
  if (isOlder(process.versions.node, needed)) {
    console.error(
      `Fluxgate needs Node ${needed} or later and this is ${process.versions.node}: start it with npm start after a ` +
        `plain npm ci, which brings a Node of its own, or install a newer Node.`,
    );
    process.exit(1);
  }
}

/**
 * @param {string} version
 * @param {string} needed
 */
function isOlder(version, needed) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}
