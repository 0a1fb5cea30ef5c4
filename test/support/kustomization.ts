import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { yamlFile } from './yaml-file.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** What this stand-in for kustomize knows; it refuses to guess what another field would do. */
interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resources: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly envs: readonly string[] }[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly labels?: unknown;
  readonly namespace?: string;
}

const KNOWN_FIELDS = 'apiVersion kind resources patches configMapGenerator images labels namespace'.split(' ');

export interface Build {
  /** With its patches applied; labels, namespace and image are as their files have them. */
  readonly manifests: readonly Manifest[];
  /** The settings in the generated ConfigMap. */
  readonly settings: Readonly<Record<string, string>>;
  readonly imageTags: readonly string[];
  /** Every file that took part, relative to the project. */
  readonly files: readonly string[];
}

/** Builds a folder with a kustomization.yaml, its bases included. Throws where a file or a patch's target is missing. */
export function kustomize(folder: string): Build {
  const path = posix.join(folder, 'kustomization.yaml');
  const own = yamlFile<Kustomization>(path);
  const unknown = Object.keys(own).filter((field) => !KNOWN_FIELDS.includes(field));
  if (unknown.length > 0) throw new Error(`${path}: what does ${unknown.join(', ')} do?`);

  const inFolder = (name: string) => posix.join(folder, name);
  const resources = own.resources.map(inFolder);
  const bases = resources.filter((name) => !name.endsWith('.yaml')).map(kustomize);
  const patches = (own.patches ?? []).map((patch) => inFolder(patch.path));
  const envs = (own.configMapGenerator ?? []).flatMap((generator) => generator.envs).map(inFolder);

  const unpatched = [
    ...bases.flatMap((base) => base.manifests),
    ...resources.filter((name) => name.endsWith('.yaml')).map((name) => yamlFile<Manifest>(name)),
  ];
  return {
    manifests: patches.map((name) => yamlFile<Manifest>(name)).reduce(applyPatch, unpatched),
    settings: Object.assign({}, ...bases.map((base) => base.settings), ...envs.map(envFile)) as Record<string, string>,
    imageTags: [...bases.flatMap((base) => base.imageTags), ...(own.images ?? []).map((image) => image.newTag)],
    files: [path, ...bases.flatMap((base) => base.files), ...resources, ...patches, ...envs],
  };
}

function applyPatch(manifests: readonly Manifest[], patch: Manifest): Manifest[] {
  const isTarget = (found: Manifest) => found.kind === patch.kind && found.metadata.name === patch.metadata.name;
  if (manifests.filter(isTarget).length !== 1) throw new Error(`nothing to patch: ${patch.kind} ${patch.metadata.name}`);
  return manifests.map((found) => (isTarget(found) ? (merge(found, patch) as Manifest) : found));
}

/** A strategic merge of lists without a merge key: they are replaced. */
function merge(into: unknown, patch: unknown): unknown {
  if (!isObject(into) || !isObject(patch)) return patch;
  const merged = Object.entries(patch).map(([key, value]) => [key, merge(into[key], value)]);
  return { ...into, ...Object.fromEntries(merged) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function envFile(path: string): Record<string, string> {
  const lines = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').split('\n');
  const settings = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(settings.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
