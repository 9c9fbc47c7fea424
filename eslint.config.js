import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { browserRooms, walls } from './scripts/lint/walls.mjs'

export default defineConfig(
  { ignores: ['build/', 'dist/', 'prebuilds/', 'third_party/', '.cache/', 'coverage/', 'docs/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // Numbers and bigints in messages are meant.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'no enum: a const object and a union of its values' },
        { selector: 'TSModuleDeclaration', message: 'no namespace' },
        { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['lib-ts/**/*.ts'],
    plugins: { house: { rules: { walls } } },
    rules: {
      'house/walls': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // What a script writes is as long as its tables.
    files: ['lib-ts/**/*.generated.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    // These rooms run in browsers too.
    files: browserRooms.flatMap((room) => [`lib-ts/${room}/**/*.ts`, `lib-ts/${room}.ts`]),
    rules: { 'no-restricted-globals': ['error', 'Buffer', 'process', 'setImmediate', 'require', 'global'] },
  },
  {
    // What a server sends is `any` to who does not say its type, and tests look at it; they hand in what is wrong, too.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    // vitest wants it as the default export.
    files: ['vitest.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module' },
    rules: { 'no-unused-vars': 'error', 'no-undef': 'off', eqeqeq: ['error', 'always', { null: 'ignore' }] },
  },
)
