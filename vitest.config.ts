import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { sourceOfSubpath } from './scripts/package/entries.mjs'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

// npm run test:threads: every file in a worker thread of one process, which is then started with --expose-gc.
const threads = process.env['NODE_PVXS_POOL'] === 'threads'

export default defineConfig({
  resolve: { alias: sourceOfSubpath },
  test: {
    include: ['test/**/*.test.ts'],
    // What takes long or needs a packed tarball has a command of its own.
    exclude: ['test/long/**', 'test/package/project/**'],
    typecheck: { include: ['test/types/**/*.test-d.ts'], tsconfig: path('./tsconfig.test.json') },
    // One process per file: the addon sits on a real main thread, and a crash fails one file only.
    pool: threads ? 'threads' : 'forks',
    execArgv: threads ? [] : ['--expose-gc'],
    maxWorkers: threads ? 1 : 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    passWithNoTests: false,
    reporters: [
      'default',
      path('./test/interop/matrix-reporter.mjs'),
      ...(process.env['CONFORMANCE'] === '1' ? [path('./scripts/tests/conformance-reporter.mjs')] : []),
      path('./scripts/tests/totals-reporter.mjs'),
    ],
  },
})
