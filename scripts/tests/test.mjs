// npm test: builds what is missing, then the whole suite. With arguments, only what they name:
//   npm test -- test/unit/client/get.test.ts -t 'reconnect'
import { spawnSync } from 'node:child_process'
import { root } from '../project.mjs'
import { buildSuite, suite } from './suite.mjs'

buildSuite()

// Not one word after vitest's own: its last line is the totals.
const { status } = spawnSync(process.execPath, suite(process.argv.slice(2)), { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
