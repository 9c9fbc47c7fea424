// npm run bench:micro: what single steps cost, without a network. Each part in a process of its own, so that one does not
// warm up, or spoil, what the compiler knows for another.

import { spawnSync } from 'node:child_process'
import path from 'node:path'

const here = import.meta.dirname
const native = path.join(here, '..', '..', 'build', 'bench', 'pump')
const parts = [
  [native, []],
  ...['pump', 'decode', 'abort'].map((name) => [process.execPath, [path.join(here, `${name}.mjs`)]]),
]
for (const [command, args] of parts) {
  console.log(`\n${path.basename(args[0] ?? command)}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
