// Before `npm pack`: makes what is in the tarball and not in the repository. The sources of PVXS are taken from where the
// build has them (`files` in package.json names the part that is needed); the licences of all that a binary holds
// are collected in one file.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../build.mjs'
import { fetchSources, sourcesFolder } from '../fetch-pvxs.mjs'
import { zigExecutable } from '../pypi.mjs'
import { Failure, root } from '../project.mjs'

const third = (folder, ...path) => {
  const name = readdirSync(join(root, 'third_party')).find((entry) => entry.startsWith(`${folder}-`))
  return join(root, 'third_party', name ?? folder, ...path)
}

const always = [
  ['EPICS libCom', () => third('epicscorelibs', 'LICENSE')],
  ['PVXS', () => third('pvxslibs', 'LICENSE')],
  ['PVXS, copyright notice', () => third('pvxslibs', 'COPYRIGHT')],
  ['libevent', () => third('pvxslibs', 'bundle/libevent/LICENSE')],
  ['node-addon-api', () => join(root, 'node_modules/node-addon-api/LICENSE.md')],
]
const inBinaries = [
  {
    title: "LLVM's libc++ and compiler runtime (in the binaries for Linux and macOS)",
    wanted: (platform) => !platform.startsWith('win32-'),
    file: () => join(zigExecutable(), '../lib/libcxx/LICENSE.TXT'),
  },
  {
    title: 'mingw-w64 with winpthreads (in the binary for Windows)',
    wanted: (platform) => platform.startsWith('win32-'),
    file: () => '/usr/share/doc/mingw-w64-common/copyright',
  },
]

function section([title, file]) {
  const path = file()
  if (!existsSync(path)) throw new Failure(`the licence of ${title} is not at ${path}`)
  return `${title}\n${'='.repeat(title.length)}\n\n${readFileSync(path, 'utf8').trim()}\n`
}

function writeLicences() {
  const prebuilds = join(root, 'prebuilds')
  const platforms = existsSync(prebuilds) ? readdirSync(prebuilds) : []
  const parts = inBinaries.filter(({ wanted }) => platforms.some(wanted))
  const all = [...always, ...parts.map(({ title, file }) => [title, file])]
  const head = 'node-pvxs contains, as source and in its binaries, the following software.\n'
  writeFileSync(join(root, 'THIRD-PARTY-LICENSES.txt'), [head, ...all.map(section)].join('\n\n'))
}

if (sourcesFolder !== join(root, 'third_party')) {
  throw new Failure('unset PVXS_SOURCES to pack: the tarball takes the sources from third_party/')
}
fetchSources()
build(['ts'])
writeLicences()
