import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const lines = { skipBlankLines: true, skipComments: true };

export default defineConfig(
  globalIgnores(['dist/', 'dist-dev/', '.dist-*/', '.fluxgate/', 'coverage/', 'test/support/k6/bad/', 'bench/peers/']),
  { linterOptions: { noInlineConfig: true } },
  {
    files: [
      '{src,migrations,test,load-tests,bench,faults,fuzz}/**/*.{ts,tsx}',
      '{src,tools,bin,bench,faults,fuzz}/**/*.mjs',
    ],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 250, ...lines }],
      'max-lines-per-function': ['error', { max: 60, ...lines }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read it in src/config.ts.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:process', importNames: ['env'] },
            { name: 'process', importNames: ['env'] },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "NewExpression[callee.name='Date'][arguments.length=0], " +
            "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Use deps.clock().',
        },
      ],
    },
  },
  {
    files: ['src/config.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/app.ts', 'src/client/**', 'src/verify/**', 'src/dashboard/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/**/*.tsx'],
    rules: { 'max-lines-per-function': ['error', { max: 120, ...lines }] },
  },
  {
    // A cast in JSDoc is not seen by the linter; tsc, which checks these files too, sees it.
    files: ['{src,tools,bin,bench,faults,fuzz}/**/*.mjs'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // A describe block is a function as long as its file, and what comes back over HTTP has no type until it is asserted.
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
