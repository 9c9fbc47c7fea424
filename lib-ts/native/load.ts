import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// A bundle of CommonJS has no import.meta.url, but the name of its file. Not the other way round: under `node -e` there is
// a global __filename, "[eval]".
const { url } = import.meta as { url?: string }
const here = url === undefined ? __filename : fileURLToPath(url)

/**
 * Loads the native addon of this package.
 *
 * Takes `build/Release` if there is one (a build from source), else the prebuilt binary for this platform,
 * architecture and libc. `again`: another one than the modules of this thread have already.
 *
 * @throws Error that says what was looked for, what is there, and how to build from source; from within a bundle that
 *   cannot load it, how to leave the package out of the bundle
 */
export function loadAddon({ root = packageRoot(), again = false } = {}): unknown {
  // Not an import, and not from here: a bundler would include node-gyp-build, which then no longer finds files.
  const require = requireFrom(join(packageRoot(), 'package.json'))
  try {
    const finder = require('node-gyp-build') as { resolve(folder: string): string }
    const file = forThisLibc(finder.resolve(root))
    if (!again) return require(file)
    const module = { exports: {} }
    process.dlopen(module, file)
    return module.exports
  } catch (cause) {
    throw new Error(explain(root, cause), { cause })
  }
}

/** The folder of our package.json: above this file, or, from within a bundle, where node-pvxs is installed. */
export function packageRoot(): string {
  for (let folder = dirname(here); ; folder = dirname(folder)) {
    if (isOurs(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) break
  }
  const require = requireFrom(here)
  try {
    return dirname(require.resolve('node-pvxs/package.json'))
  } catch (cause) {
    throw new Error(bundled(`its files are not found from ${here}`), { cause })
  }
}

/** webpack writes `undefined` for each call of `createRequire`. */
function requireFrom(file: string): NodeJS.Require {
  const made = createRequire(file) as NodeJS.Require | undefined
  if (made === undefined) throw new Error(bundled('webpack has taken it into a bundle'))
  return made
}

const bundled = (what: string): string =>
  [
    `node-pvxs: ${what}. A bundle does not hold the native addon. Nothing has to be compiled: leave the package out of the`,
    `bundle, and install it where the bundle runs (npm install node-pvxs beside it). To leave it out, write`,
    `  webpack:         externals: [/^node-pvxs(\\/|$)/], externalsType: 'node-commonjs'`,
    `  esbuild:         --external:node-pvxs`,
    `  Rollup, tsup:    external: [/^node-pvxs(\\/|$)/]`,
    `  Vite:            ssr: { external: ['node-pvxs'] }`,
    `  Next.js:         serverExternalPackages: ['node-pvxs']`,
  ].join('\n')

function isOurs(file: string): boolean {
  if (!existsSync(file)) return false
  return (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'node-pvxs'
}

// node-gyp-build takes every Linux but Alpine for a glibc one. On another musl system the glibc file may load, since
// musl answers to glibc's library names, and would then call functions that are not there.
function forThisLibc(file: string): string {
  if (process.env['LIBC'] !== undefined || libc() !== 'musl') return file
  return file.replace(/\.glibc\.node$/, '.musl.node')
}

/** The libc that this Node was linked with, told by the dynamic loader its executable names; '' where there is only one. */
function libc(): '' | 'glibc' | 'musl' {
  if (process.platform !== 'linux') return ''
  const head = Buffer.alloc(4096)
  const file = openSync(process.execPath, 'r')
  try {
    return head.toString('latin1', 0, readSync(file, head)).includes('/ld-musl-') ? 'musl' : 'glibc'
  } finally {
    closeSync(file)
  }
}

function explain(root: string, cause: unknown): string {
  const target = `${process.platform}-${process.arch}`
  const runtime = process.env['LIBC'] ?? libc()
  const built = binaries(join(root, 'build', 'Release'))
  const shipped = list(join(root, 'prebuilds')).flatMap((folder) =>
    binaries(join(root, 'prebuilds', folder)).map((name) => `${folder}/${name}`),
  )
  return [
    `node-pvxs: the native addon could not be loaded. ${diagnose(target, runtime, built, shipped, cause)}`,
    `  This is:          ${[target, runtime].filter(Boolean).join(', ')}, Node ${process.version}`,
    `  build/Release:    ${built.join(', ') || 'none (no build from source)'}`,
    `  prebuilds:        ${shipped.join(', ') || 'none'}`,
    `  Package folder:   ${root}`,
    `  The loader said:  ${firstLine(cause)}`,
    ...(lacksFinder(cause) ? [] : buildFromSource(root)),
  ].join('\n')
}

/** Without node-gyp-build no binary is found, however it was made. */
const lacksFinder = (cause: unknown): boolean => firstLine(cause).includes("'node-gyp-build'")

const buildFromSource = (root: string): string[] => [
  `To build it from source, with cmake and a C++17 compiler installed, run in your project:`,
  `  npm install --save-dev cmake-js node-addon-api`,
  `  npx cmake-js compile -d "${root}"`,
]

function diagnose(
  target: string,
  runtime: string,
  built: string[],
  shipped: string[],
  cause: unknown,
): string {
  if (lacksFinder(cause))
    return 'Its dependency node-gyp-build is not there: install your dependencies again.'
  if (built.length > 0) return 'A build from source is there, but it does not load: build it again.'
  if (shipped.length === 0) return 'The package has no binaries: it was packed or installed without them.'
  const fitting = shipped.filter((name) => name.startsWith(`${target}/`))
  if (fitting.length === 0) return `There is no prebuilt binary for ${target}.`
  const tagged = fitting.some((name) => /\.(glibc|musl)\.node$/.test(name))
  if (tagged && !fitting.some((name) => name.endsWith(`.${runtime}.node`))) {
    return `There is no prebuilt binary for ${target} with ${runtime}.`
  }
  return `There is a prebuilt binary for ${target}, but it does not load.`
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

const binaries = (folder: string): string[] => list(folder).filter((name) => name.endsWith('.node'))

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.split('\n')[0] ?? text
}
