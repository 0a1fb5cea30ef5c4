import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const MAJORS = [
  ['2.x', 'tsconfig.json'],
  ['1.x', 'tsconfig.k6-1.json'],
] as const;

describe.each(MAJORS)('the types of k6 %s', (_, config) => {
  it('refuse what is not there, and a type that is imported as a value', () => {
    const messages = complaintsAbout('wrong-types', config);

    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/Type 'string' is not assignable to type 'number'/),
        expect.stringMatching(/Property 'fetch' does not exist/),
        expect.stringMatching(/'header' does not exist in type/),
        expect.stringMatching(/Property 'number' does not exist/),
        expect.stringMatching(/Cannot find name 'process'/),
      ]),
    );
    expect(complaintsAbout('type-import', config)).toEqual([
      expect.stringMatching(/'Options' is a type and must be imported using a type-only import/),
    ]);
  });
});

function complaintsAbout(script: string, config: string): string[] {
  const folder = fileURLToPath(new URL('../../load-tests', import.meta.url));
  const file = fileURLToPath(new URL(`../support/k6/bad/${script}.ts`, import.meta.url));
  const read = ts.readConfigFile(`${folder}/${config}`, (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, folder);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
