import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

export default defineConfig({
  resolve: { alias: { 'node-pvxs': path('./lib-ts/index.ts') } },
  test: {
    include: ['test/{unit,lifetime,interop}/**/*.test.ts'],
    // One process per file: the addon sits on a real main thread, and a crash fails one file only.
    pool: 'forks',
    execArgv: ['--expose-gc'],
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    retry: 0,
    passWithNoTests: false,
    reporters: ['default', path('./scripts/totals-reporter.mjs')],
  },
})
