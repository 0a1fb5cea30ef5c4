import type { Model } from '@kubernetes-models/base';
import ts from 'typescript';
import type { Manifest } from './kustomization.js';

/**
 * What Kubernetes' published schemas say against a manifest: one that is missing, of the wrong type or out of range.
 * They let fields pass that they do not know.
 *
 * @throws where there is no such kind.
 */
export async function againstSchema(manifest: Manifest): Promise<string[]> {
  const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<
    string,
    (new (data: Manifest) => Model<Manifest>) | undefined
  >;
  const Kind = models[manifest.kind];
  if (Kind === undefined) return [`${manifest.apiVersion} has no ${manifest.kind}`];
  try {
    new Kind(manifest).validate();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

/**
 * Fields that Kubernetes does not know, which it drops without a word: a probe with a typing mistake in its name is no
 * probe. Found by the compiler, which takes each manifest for a literal of its kind's type.
 */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const declarations = manifests.map(
    (manifest, index) =>
      `export const manifest${index}: import('kubernetes-models/${manifest.apiVersion}').I${manifest.kind} = ` +
      `${JSON.stringify(manifest)};`,
  );
  return compilerComplaints(declarations.join('\n'));
}

function compilerComplaints(source: string): string[] {
  const path = new URL('../../manifests.ts', import.meta.url).pathname;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const files = {
    exists: (name: string) => ts.sys.fileExists(name),
    source: host.getSourceFile.bind(host),
  };
  host.fileExists = (name) => name === path || files.exists(name);
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === path
      ? ts.createSourceFile(name, source, languageVersion)
      : files.source(name, languageVersion, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '));
}
