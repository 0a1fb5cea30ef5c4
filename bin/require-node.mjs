import { readFileSync } from 'node:fs';

const manifest = /** @type {{ engines: { node: string } }} */ (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
);

export const NEEDED_NODE = manifest.engines.node.replace('>=', '');

/** @param {string} version */
export function isNewEnough(version) {
  return !isOlder(version, NEEDED_NODE);
}

/**
 * Ends the process with one sentence when this Node is older than package.json's `engines` asks for. Whatever imports
 * this must parse on Node 18 and import the rest dynamically, or the sentence is never reached.
 */
export function requireNode() {
  if (!isNewEnough(process.versions.node)) {
    console.error(
      `Fluxgate needs Node ${NEEDED_NODE} or later and this is ${process.versions.node}: start it with npm start after a ` +
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
