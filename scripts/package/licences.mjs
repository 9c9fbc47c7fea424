// THIRD-PARTY-LICENSES.txt: the licences of all that the package holds, as source or inside a binary.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { zigExecutable } from '../supply/pypi.mjs'
import { Failure, root } from '../project.mjs'

const third = (name, ...path) => {
  const folder = readdirSync(join(root, 'third_party')).find((entry) => entry.startsWith(`${name}-`))
  return join(root, 'third_party', folder ?? name, ...path)
}
const zig = (...path) => join(dirname(zigExecutable()), ...path)
const debian = (name) => `/usr/share/doc/${name}/copyright`

/** yajl has its licence at the top of each file. */
const firstComment = (text) => /^\/\*(.*?)\*\//s.exec(text)?.[1].replaceAll(/^ \* ?/gm, '')

const always = [
  ['EPICS libCom', () => third('epicscorelibs', 'LICENSE')],
  ['yajl, in libCom', () => third('epicscorelibs', 'modules/libcom/src/yajl/yajl_alloc.h'), firstComment],
  ['PVXS (changed as cmake/pvxs/patches.cmake says)', () => third('pvxslibs', 'LICENSE')],
  ['PVXS, copyright notice', () => third('pvxslibs', 'COPYRIGHT')],
  ['libevent', () => third('pvxslibs', 'bundle/libevent/LICENSE')],
  ['node-addon-api', () => join(root, 'node_modules/node-addon-api/LICENSE.md')],
]
// What the compilers add to a binary.
const linux = (name) => name.startsWith('linux-')
const windows = (name) => name.startsWith('win32-')
const inBinaries = [
  [(name) => !windows(name), "LLVM's libc++, for Linux and macOS", () => zig('lib/libcxx/LICENSE.TXT')],
  [(name) => !windows(name), "LLVM's libc++abi, for Linux and macOS", () => zig('lib/libcxxabi/LICENSE.TXT')],
  [(name) => !windows(name), "LLVM's libunwind, for Linux and macOS", () => zig('lib/libunwind/LICENSE.TXT')],
  [(name) => !windows(name), "zig's compiler runtime, for Linux and macOS", () => zig('LICENSE')],
  [linux, 'start-up code of the GNU C library, for Linux', () => zig('lib/libc/glibc/LICENSES')],
  [linux, 'start-up code of musl, for Linux', () => zig('lib/libc/musl/COPYRIGHT')],
  [windows, 'mingw-w64 with winpthreads, for Windows', () => debian('mingw-w64-common')],
  [windows, "GCC's libstdc++ and libgcc, for Windows", () => debian('gcc-mingw-w64-base')],
]

function section([title, file, excerpt = (text) => text]) {
  const path = file()
  if (!existsSync(path)) throw new Failure(`the licence of ${title} is not at ${path}`)
  const text = excerpt(readFileSync(path, 'utf8'))
  if (!text) throw new Failure(`no licence was found in ${path}`)
  return `${title}\n${'='.repeat(title.length)}\n\n${text.trim()}\n`
}

export function writeLicences() {
  const prebuilds = join(root, 'prebuilds')
  const platforms = existsSync(prebuilds) ? readdirSync(prebuilds) : []
  const parts = inBinaries.filter(([wanted]) => platforms.some(wanted)).map(([, ...part]) => part)
  const head = 'node-pvxs contains, as source and in its binaries, the following software.\n'
  writeFileSync(
    join(root, 'THIRD-PARTY-LICENSES.txt'),
    [head, ...[...always, ...parts].map(section)].join('\n\n'),
  )
}
