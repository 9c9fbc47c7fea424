// npm run test:soak -- --minutes 60 [--nodes 20,22,24,26]: the long forms of docs/reliability.md.
// First the tests with their numbers turned up, on each Node; then test/long/soak.mjs for the time that is left.
import { join } from 'node:path'
import { nodeFor } from '../supply/nodes.mjs'
import { bin, Failure, node, root, run } from '../project.mjs'

function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : process.argv[at + 1]
}

const minutes = Number(option('minutes', '30'))
if (!(minutes > 0)) throw new Failure('--minutes wants a number above 0')
const end = performance.now() + minutes * 60_000
const lines = option('nodes', '20,22,24,26').split(',')
const left = () => (end - performance.now()) / 60_000

node([join(root, 'scripts/commands/build.mjs'), 'native', 'core_tests', 'ts'])

// As much of each as a share of the time allows, on the machine that the short forms were made for.
const share = Math.max(1, Math.min(10, minutes / 20))
const numbers = {
  NODE_PVXS_WORKERS: String(Math.round(100 * share)),
  NODE_PVXS_CHILDREN: String(Math.round(100 * share)),
  NODE_PVXS_MONITORS: String(Math.round(100 * share)),
  NODE_PVXS_ABORTS: String(Math.round(10_000 * share)),
  NODE_PVXS_FUZZ_SECONDS: String(Math.round(60 * share)),
  NODE_PVXS_FUZZ_SEED: String(Math.floor(Math.random() * 1e9)),
  NODE_PVXS_SCALE: String(Math.round(share)),
  NODE_PVXS_INFLUX_LONG: '1',
  NODE_PVXS_STREAM_SECONDS: String(Math.round(60 * share)),
  NODE_PVXS_RECORD_SECONDS: String(Math.round(200 * share)),
  NODE_PVXS_RECORD_PVS: '1000',
  NODE_PVXS_BRIDGE_EVENTS: String(Math.round(2_000 * share)),
}
console.log(numbers)
const vitest = [bin('vitest', 'vitest.mjs'), 'run', '--testTimeout=600000']
for (const line of lines) {
  if (left() < 2) break
  const { file, version } = nodeFor(
    Number(line),
    process.platform === 'win32' ? 'win' : process.platform,
    process.arch,
  )
  console.log(`Node ${version}`)
  const rooms =
    line === lines[0]
      ? [
          ...['test/lifetime', 'test/hostile/mutated.test.ts', 'test/faults', 'test/stream/set.test.ts'],
          ...[
            'test/influx/memory.test.ts',
            'test/influx/faults.test.ts',
            'test/record/soak.test.ts',
            'test/bridge/random.test.ts',
          ],
        ]
      : ['test/lifetime']
  run(file, [...vitest, ...rooms], { env: numbers })
}
if (left() > 0.2) node(['--expose-gc', join(root, 'test/long/soak.mjs'), String(left())])
