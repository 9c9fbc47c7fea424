// Makes the tarball: brings together what is in it and not in the repository, packs, and looks at what it holds.
//   node scripts/package/pack.mjs FOLDER    packs what is there; prints what pack() returns as JSON
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../commands/build.mjs'
import { fetchSources, sourcesFolder } from '../supply/fetch-pvxs.mjs'
import { Failure, isMain, root, run } from '../project.mjs'
import { entries, programs } from './entries.mjs'
import { writeLicences } from './licences.mjs'

const LIMIT_BYTES = 40 * 1024 * 1024

/** What a tarball may hold; anything else is a mistake in `files` of package.json. */
const allowed = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|record\.schema\.json|THIRD-PARTY-LICENSES\.txt|CMakeLists\.txt)$/,
  /^dist\/chunks\/[\w-]+\.js$/,
  /^dist\/.*\.d\.ts$/,
  /^prebuilds\/[\w-]+\/node_pvxs(\.glibc|\.musl)?\.node$/,
  /^(src|binding)\/.*\.(cpp|h)$/,
  /^cmake\/([\w-]+\/)*([\w.-]+\.(cmake|c|map|in)|CMakeLists\.txt|sources\.txt)$/,
  /^third_party\/(epicscorelibs|pvxslibs)-[\d.]+\//,
]
/** What it must hold, whatever the platform. */
const wanted = [
  'LICENSE',
  'record.schema.json',
  'THIRD-PARTY-LICENSES.txt',
  'CMakeLists.txt',
  ...entries.flatMap(({ name }) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
  ...programs.map(({ name }) => `dist/${name}.js`),
]

/** Brings dist/ and third_party/ up to date, then packs. */
export function buildAndPack(folder) {
  fetchSources()
  build(['ts'])
  return pack(folder)
}

/** Packs what is there into `folder`; returns the tarball's path, the names in it, and its sizes in bytes. */
export function pack(folder) {
  if (sourcesFolder !== join(root, 'third_party')) {
    throw new Failure('unset PVXS_SOURCES to pack: the tarball takes the sources from third_party/')
  }
  writeLicences()
  mkdirSync(folder, { recursive: true })
  const { stdout } = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  const answer = JSON.parse(stdout)
  const [told] = Array.isArray(answer) ? answer : Object.values(answer) // npm 12 lists by name
  const names = told.files.map(({ path }) => path)
  checkNames(names)
  if (told.unpackedSize > LIMIT_BYTES)
    throw new Failure(`the package would be ${told.unpackedSize} bytes unpacked`)
  return {
    file: join(folder, told.filename),
    names,
    bytes: told.size,
    unpacked: told.unpackedSize,
    version: told.version,
  }
}

function checkNames(names) {
  const strange = names.filter(
    (name) => !wanted.includes(name) && !allowed.some((pattern) => pattern.test(name)),
  )
  if (strange.length > 0)
    throw new Failure(`the tarball would hold what does not belong there:\n  ${strange.join('\n  ')}`)
  const missing = wanted.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Failure(`the tarball would lack ${missing.join(', ')}`)
}

const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1)

export const sizeText = ({ bytes, unpacked, names }) =>
  `${megabytes(bytes)} MB, ${megabytes(unpacked)} MB unpacked, ${names.length} files, ` +
  `${names.filter((name) => name.endsWith('.node')).length} binaries`

if (isMain(import.meta.url)) console.log(JSON.stringify(pack(process.argv[2])))
