// From the modules that tsc wrote to build/js to dist/: one file for each entry of the package, and what they share.
// More than a hundred modules, found and read one by one, cost an import 50 ms; three cost a third of that.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from '../project.mjs'

const entries = ['index', 'testing/index']
const dist = join(root, 'dist')

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, join(root, 'build/js', `${entry}.js`)])),
  platform: 'node',
  external: ['node-gyp-build', 'node-pvxs'],
})
const { output } = await bundle.write({ dir: dist, chunkFileNames: 'shared.js' })

const written = new Set(output.map(({ fileName }) => join(dist, fileName)))
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (/\.js(\.map)?$/.test(name) && !written.has(file)) rmSync(file) // of an earlier build
}
