import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

/**
 * What Kubernetes' published schemas find wrong: the validators made of them know formats and what is required, but let
 * an unknown field pass; the types made of them refuse it, as they do in every object literal.
 */
export async function kubernetesProblems(manifest: Manifest): Promise<string[]> {
  return [...unknownFields(manifest), ...(await invalidValues(manifest))];
}

async function invalidValues(manifest: Manifest): Promise<string[]> {
  try {
    const models = (await import(moduleOf(manifest))) as Record<string, new (data: object) => { validate(): void }>;
    new models[manifest.kind]!(manifest).validate();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function unknownFields(manifest: Manifest): string[] {
  const { kind } = manifest;
  const path = join(HERE, 'manifest.ts');
  const source = `import type { I${kind} } from '${moduleOf(manifest)}';
    export const manifest: I${kind} = ${JSON.stringify(manifest)};`;
  const host = ts.createCompilerHost(OPTIONS);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    file === path
      ? ts.createSourceFile(file, source, {
          languageVersion: ts.ScriptTarget.ES2023,
          impliedNodeFormat: ts.ModuleKind.ESNext,
        })
      : readSource(file, ...rest);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([path], OPTIONS, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  return `kubernetes-models/${apiVersion}/${kind}`;
}
