// npm run prebuild: the binaries that are shipped, for every platform, from one x86-64 Linux machine.
//   npm run prebuild -- linux-x64 win32-x64      only these
//   npm run prebuild -- --check                  build nothing, inspect what is in prebuilds/
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import prebuildify from 'prebuildify'
import { fetchSources } from '../supply/fetch-pvxs.mjs'
import { inspect } from '../prebuild/inspect.mjs'
import { sourcesNow, stamp } from '../prebuild/stamp.mjs'
import { fileOf, folderOf, targets } from '../prebuild/targets.mjs'
import { zigExecutable } from '../supply/pypi.mjs'
import { Failure, isMain, root } from '../project.mjs'

/** The targets of these names; all for none. */
export function choose(names) {
  const unknown = names.filter((name) => !targets.some((target) => target.name === name))
  if (unknown.length > 0) {
    throw new Failure(
      `no target ${unknown.join(', ')}; there are ${targets.map(({ name }) => name).join(', ')}`,
    )
  }
  return names.length > 0 ? targets.filter(({ name }) => names.includes(name)) : targets
}

function toolsFor(target) {
  if (spawnSync('cmake', ['--version']).status !== 0)
    throw new Failure('cmake is needed, and none was found.\n  Debian, Ubuntu: apt install cmake ninja-build')
  if (target.zig)
    return { NODE_PVXS_ZIG: zigExecutable(), ZIG_GLOBAL_CACHE_DIR: join(root, '.cache/zig-cache') }
  if (spawnSync(`${target.mingw}-g++-posix`, ['--version']).status !== 0) {
    throw new Failure(
      `${target.name} is built with mingw-w64, which was not found.\n  Debian, Ubuntu: apt install g++-mingw-w64-x86-64-posix`,
    )
  }
  return {}
}

async function compile(target) {
  // prebuildify takes the tools' environment from process.env, and looks for build/Release in cwd.
  Object.assign(process.env, toolsFor(target), { NODE_PVXS_TARGET: target.name })
  mkdirSync(folderOf(target), { recursive: true })
  const shim = join(root, 'scripts/prebuild/compile.mjs')
  await promisify(prebuildify)({
    cwd: folderOf(target),
    out: root,
    name: 'node_pvxs',
    platform: target.platform,
    arch: target.arch,
    libc: target.libc,
    tagLibc: target.libc !== undefined,
    napi: true,
    targets: ['22.0.0'], // asked for; with Node-API it changes nothing
    strip: false, // the linker has done it, for foreign formats too
    nodeGyp: `"${process.execPath}" "${shim}"`,
    shell: true,
  }).catch((error) => {
    throw new Failure(`building ${target.name} failed (see above): ${error.message}`)
  })
}

/** Inspects a target's binary; returns what is wrong with it. */
export function check(target) {
  const file = fileOf(target)
  if (!existsSync(file)) return ['not built']
  const { facts, faults } = inspect(file, target)
  const notes = [
    `${(facts.size / 1024 / 1024).toFixed(2)} MB`,
    `needs ${facts.needs.join(' ')}`,
    `${facts.exports.length} exports`,
    facts.glibcMinor ? `GLIBC_2.${facts.glibcMinor}` : undefined,
    facts.macos ? `macOS ${facts.macos}${facts.signed ? ', signed ad hoc' : ''}` : undefined,
  ]
  console.log(`${target.name}: ${notes.filter(Boolean).join(', ')}`)
  return faults
}

async function main(args) {
  const onlyCheck = args.includes('--check')
  const chosen = choose(args.filter((arg) => arg !== '--check'))
  if (!onlyCheck) {
    fetchSources()
    for (const target of chosen) {
      const sources = sourcesNow()
      await compile(target)
      stamp(target, sources)
    }
  }
  const faults = chosen.flatMap((target) => check(target).map((fault) => `${target.name}: ${fault}`))
  if (faults.length > 0) throw new Failure(`these binaries are not fit to ship:\n  ${faults.join('\n  ')}`)
}

if (isMain(import.meta.url)) await main(process.argv.slice(2))
