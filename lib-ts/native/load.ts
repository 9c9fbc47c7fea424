import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

/**
 * Loads the native addon of this package.
 *
 * Takes `build/Release` if there is one (a build from source), else the prebuilt binary for this platform,
 * architecture and libc.
 *
 * @throws Error that says what was looked for, what is there, and how to build from source
 */
export function loadAddon(root: string = packageRoot()): unknown {
  const find = require('node-gyp-build') as (folder: string) => unknown
  try {
    return find(root)
  } catch (cause) {
    throw new Error(explain(root, cause), { cause })
  }
}

/** The folder of our package.json, above dist/native as well as above lib-ts/native. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const file = join(folder, 'package.json')
    if (
      existsSync(file) &&
      (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'node-pvxs'
    ) {
      return folder
    }
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`node-pvxs: no package.json of node-pvxs above ${import.meta.url}`)
    folder = parent
  }
}

function explain(root: string, cause: unknown): string {
  const target = `${process.platform}-${process.arch}`
  const built = list(join(root, 'build', 'Release')).filter((name) => name.endsWith('.node'))
  const shipped = list(join(root, 'prebuilds')).flatMap((folder) =>
    list(join(root, 'prebuilds', folder)).map((name) => `${folder}/${name}`),
  )
  return [
    `node-pvxs: the native addon could not be loaded. ${diagnose(target, built, shipped)}`,
    `  This is:          ${target}${libc()}, Node ${process.version}`,
    `  build/Release:    ${built.join(', ') || 'none (no build from source)'}`,
    `  prebuilds:        ${shipped.join(', ') || 'none'}`,
    `  Package folder:   ${root}`,
    `  The loader said:  ${message(cause)}`,
    `To build it from source, with cmake and a C++17 compiler installed, run in your project:`,
    `  npm install --save-dev cmake-js node-addon-api`,
    `  npx cmake-js compile -d "${root}"`,
  ].join('\n')
}

function diagnose(target: string, built: string[], shipped: string[]): string {
  if (built.length > 0) return 'A build from source is there, but it does not load: build it again.'
  if (shipped.length === 0) return 'The package has no binaries: it was packed or installed without them.'
  const fitting = shipped.filter((name) => name.startsWith(`${target}/`))
  if (fitting.length === 0) return `There is no prebuilt binary for ${target}.`
  if (libc() !== '' && !fitting.some((name) => name.includes(libc().slice(2)))) {
    return `There is no prebuilt binary for ${target} with this libc.`
  }
  return `There is a prebuilt binary for ${target}, but it does not load.`
}

/** `, glibc` or `, musl` on Linux, by the same rules as node-gyp-build. */
function libc(): string {
  if (process.platform !== 'linux') return ''
  return `, ${process.env['LIBC'] ?? (existsSync('/etc/alpine-release') ? 'musl' : 'glibc')}`
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

function message(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.split('\n')[0] ?? text
}
