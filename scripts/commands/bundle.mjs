// From the modules that tsc wrote to build/js to dist/: one file for each entry of the package, and what they share.
// More than a hundred modules, found and read one by one, cost an import 50 ms; a few files cost a third of that.
import { readdirSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'
import { minifySync } from 'rolldown/utils'
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

// What every command of the program needs, help and usage errors too. Apart from it the formats, and each command.
const ofProgram =
  /^cli\/(context|declare|failures|help|index|names|options|outside|parse|program|readers|settings|table|terminal|version|output\/(format|sink))$/

/** The file that a module shares with others, or undefined: then the bundler decides. */
function chunkOf(id) {
  const path = relative(modules, id)
  if (path.startsWith('..')) return undefined
  const name = path.replace(/\.js$/, '').split(sep).join('/')
  const [first = ''] = name.split('/')
  if (first === 'index') return undefined
  // What stands on packages that not everybody has, and that loading the room must not load.
  if (name.startsWith('testing/btrdb/') && name !== 'testing/btrdb/start') return 'btrdb-fake'
  if (/^testing\/pi\/(?!start$|options$|ids$)/.test(name)) return 'pi-simulator'
  if (name.startsWith('record/commands/')) return 'record-commands' // the program needs them, users of the room do not
  if (name.startsWith('bridge/commands/')) return 'bridge-commands'
  if (first !== 'cli') return shared[first] ?? first
  if (ofProgram.test(name)) return 'cli'
  return name.startsWith('cli/output/') ? 'cli-output' : undefined
}

/** Whether a module belongs to the program alone: commands, of whatever room, and what they stand on. */
function isOfProgram(id) {
  const [room, folder] = relative(modules, id).split(sep)
  return room === 'cli' || folder === 'commands'
}

// A library is read where it lies; the program is only run, and what is read at its start is smaller by more than half.
// At the very end: the bundler prints chunks anew after renderChunk, and puts the white space back.
const smallProgram = {
  name: 'small-program',
  generateBundle(_, chunks) {
    for (const chunk of Object.values(chunks)) {
      const { type, fileName, moduleIds = [] } = chunk
      if (type !== 'chunk' || moduleIds.length === 0 || !moduleIds.every(isOfProgram)) continue
      const { code, errors } = minifySync(fileName, chunk.code, {
        module: true,
        mangle: { keepNames: { class: true, function: false } },
        codegen: { removeWhitespace: true },
      })
      if (errors.length > 0) throw new Error(`${fileName}: ${errors[0].message}`)
      chunk.code = code
    }
  },
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
  plugins: [smallProgram],
  codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: 'rooms' }] },
})

const written = new Set(output.map(({ fileName }) => join(dist, fileName)))
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (/\.js(\.map)?$/.test(name) && !written.has(file)) rmSync(file) // of an earlier build
}
