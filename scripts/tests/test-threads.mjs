// npm run test:threads: the suite once more with every test file in a worker thread, one after another in one process.
// Each file's end is the end of an environment that has used the addon, while the process goes on.
//   npm run test:threads -- test/unit        only these files
import { build } from '../commands/build.mjs'
import { bin, node } from '../project.mjs'

build(['native', 'core_tests', 'ts'])
// V8's flags are the process's: a worker thread cannot have --expose-gc of its own.
node(['--expose-gc', bin('vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)], {
  env: { NODE_PVXS_POOL: 'threads' },
})
