// npm test: builds what is missing, then the whole suite. With arguments, only what they name:
//   npm test -- test/unit/client-get.test.ts -t 'reconnect'
import { spawnSync } from 'node:child_process'
import { build } from '../commands/build.mjs'
import { bin, root } from '../project.mjs'

const args = process.argv.slice(2)
build(['native', 'core_tests', 'ts'])

// Not one word after vitest's own: its last line is the totals.
const vitest = [bin('vitest', 'vitest.mjs'), 'run', ...(args.length > 0 ? args : ['--typecheck'])]
const { status } = spawnSync(process.execPath, vitest, { cwd: root, stdio: 'inherit' })
process.exitCode = status ?? 1
