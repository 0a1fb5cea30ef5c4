import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inProject, root, runTool, ToolError } from './project.mjs';

/**
 * @typedef {{ readonly name: string, readonly value: string }} Property
 * @typedef {{ readonly 'bom-ref': string, readonly properties?: readonly Property[] }} Component
 * @typedef {{ readonly ref: string, readonly dependsOn: readonly string[] }} Dependency
 * @typedef {{ metadata: { component: { name: string, 'bom-ref': string } }, components: Component[], dependencies: Dependency[] }} Bill
 */

/**
 * Writes a CycloneDX bill of what a clone runs with, the workspace's Node and PostgreSQL included: as it is locked, for all
 * platforms, with the hash of each package.
 *
 * npm lists it all, development included: its --omit=dev leaves out what runs too where something of development needs
 * it as well. It also names the whole by the folder that it stands in.
 */
await runTool(() => {
  const bill = readBill();
  const runs = whatRuns();
  const { component } = bill.metadata;
  component.name = /** @type {{ name: string }} */ (readJson('package.json')).name;
  const components = bill.components
    .filter((it) => runs.has(it['bom-ref']))
    .map((it) => ({ ...it, properties: it.properties?.filter(({ name }) => name !== 'cdx:npm:package:development') }));
  const dependencies = bill.dependencies
    .filter(({ ref }) => runs.has(ref) || ref === component['bom-ref'])
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => runs.has(other)) }));
  process.stdout.write(`${JSON.stringify({ ...bill, components, dependencies }, null, 2)}\n`);
  return Promise.resolve();
});

/**
 * @returns {Bill}
 * @throws {ToolError} npm does not know how
 */
function readBill() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new ToolError(`npm sbom failed, which needs npm 10 or later: ${stderr.trim()}`);
  const bill = /** @type {Bill} */ (JSON.parse(stdout));
  return bill;
}

/** @returns {ReadonlySet<string>} `name@version` */
function whatRuns() {
  const { packages } =
    /** @type {{ packages: Record<string, { name?: string, version?: string, dev?: boolean, link?: boolean }> }} */ (
      readJson('package-lock.json')
    );
  return new Set(
    Object.entries(packages)
      .filter(([path, { dev, link }]) => path !== '' && dev !== true && link !== true)
      .map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`),
  );
}

/**
 * @param {string} path
 * @returns {unknown}
 */
function readJson(path) {
  return JSON.parse(readFileSync(inProject(path), 'utf8'));
}
