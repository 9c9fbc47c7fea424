// From the modules that tsc wrote to build/js to dist/: one file for each entry of the package, and what they share.
// More than a hundred modules, found and read one by one, cost an import 50 ms; a few files cost a third of that.
import { readdirSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'
import { entries, programs } from '../package/entries.mjs'
import { root } from '../project.mjs'

const dist = join(root, 'dist')
const modules = join(root, 'build/js')

// What runs without the addon is a file of its own, or an entry that must not load the addon would load it with that
// file. The rooms of the core are always loaded together and share one.
const shared = {
  errors: 'input',
  input: 'input',
  data: 'values',
  nt: 'values',
  native: 'core',
  config: 'core',
  diagnostics: 'core',
  client: 'core',
  server: 'core',
}

/** The file that a module shares with others, or undefined: then the bundler decides. */
function chunkOf(id) {
  const path = relative(modules, id)
  if (path.startsWith('..')) return undefined
  const [first] = path.replace(/\.js$/, '').split(sep)
  if (first === 'cli' || first === 'index') return undefined
  return shared[first] ?? first
}

const bundle = await rolldown({
  input: Object.fromEntries([...entries, ...programs].map(({ name }) => [name, join(modules, `${name}.js`)])),
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  // Packages, also this one, are found at run time; only our own modules are bundled.
  external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(id),
})
const { output } = await bundle.write({
  dir: dist,
  chunkFileNames: 'chunks/[name].js',
  // A room's file holds that room alone; what it imports lies in the files of other rooms.
  codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: 'rooms' }] },
})

const written = new Set(output.map(({ fileName }) => join(dist, fileName)))
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (/\.js(\.map)?$/.test(name) && !written.has(file)) rmSync(file) // of an earlier build
}
