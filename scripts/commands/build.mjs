// npm run build: sources -> static PVXS, core and addon -> dist/. Only what changed is done again.
//   node scripts/commands/build.mjs [native] [ts] [core_tests] [bench_programs]
// Without a target: native and ts. The last two are the C++ tests and benchmark programs.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fetchSources, sourcesFolder } from '../supply/fetch-pvxs.mjs'
import { withLock } from '../supply/lock.mjs'
import { Failure, bin, isMain, node, root, run } from '../project.mjs'

const starts = (command, args = ['--version']) => spawnSync(command, args).status === 0

const install = {
  cmake: `Debian, Ubuntu: apt install cmake; Fedora, RHEL: dnf install cmake; macOS: brew install cmake;
  Windows: winget install Kitware.CMake`,
  compiler: `Debian, Ubuntu: apt install g++; Fedora, RHEL: dnf install gcc-c++; macOS: xcode-select --install;
  Windows: Visual Studio Build Tools with "Desktop development with C++"; or set CXX to your compiler`,
}

function checkTools() {
  if (!existsSync(bin('cmake-js', 'package.json'))) {
    throw new Failure(`the development dependencies are not installed.\n  Run: npm ci`)
  }
  if (!starts('cmake'))
    throw new Failure(`cmake is needed (3.18 or newer), and none was found.\n  ${install.cmake}`)
  // On Windows CMake finds Visual Studio by itself, and says so when it cannot.
  if (process.platform === 'win32') return
  const compilers = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  if (!compilers.some((compiler) => starts(...splitCommand(compiler)))) {
    throw new Failure(
      `a C++17 compiler is needed, and none was found (tried: ${compilers.join(', ')}).\n  ${install.compiler}`,
    )
  }
}

/** CXX may be a command with arguments, as in `ccache g++`. */
function splitCommand(text) {
  const [command, ...args] = text.trim().split(/\s+/)
  return [command, [...args, '--version']]
}

const definitions = () =>
  Object.entries({
    PVXS_SOURCES: sourcesFolder,
    NODE_PVXS_WERROR: 'ON',
    NODE_PVXS_TESTS: 'ON',
    NODE_PVXS_BENCH: 'ON',
  }).map(([name, value]) => `--CD${name}=${value}`)

function buildNative(target) {
  checkTools()
  fetchSources()
  const cmakeJs = (command, ...args) =>
    node([bin('cmake-js', 'bin/cmake-js'), command, '-l', 'warn', ...args], {
      env: {
        CMAKE_BUILD_PARALLEL_LEVEL: process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism()),
      },
      hint: `the native build failed (see above).`,
    })
  const wanted = definitions()
  const configured = join(root, 'build/definitions.txt')
  if (!existsSync(configured) || readFileSync(configured, 'utf8') !== wanted.join('\n')) {
    cmakeJs('configure', ...wanted)
    writeFileSync(configured, wanted.join('\n'))
  }
  cmakeJs('build', ...(target ? ['--target', target] : []))
}

function buildTypeScript() {
  if (!existsSync(bin('typescript', 'package.json'))) {
    throw new Failure(`the development dependencies are not installed.\n  Run: npm ci`)
  }
  removeEarlierModules()
  run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json', '--declarationDir', 'dist'], {
    hint: 'tsc found errors (see above).',
  })
  run(process.execPath, [join(root, 'scripts/commands/bundle.mjs')], {
    hint: 'dist/ could not be bundled (see above).',
  })
  for (const file of readdirSync(join(root, 'dist'), { recursive: true })) {
    if (file.endsWith('.d.ts')) forOlderCompilers(join(root, 'dist', file))
  }
}

// tsc leaves the files of a module that was moved or deleted, and the tarball would carry them.
function removeEarlierModules() {
  rmSync(join(root, 'build/js'), { recursive: true, force: true })
  const dist = join(root, 'dist')
  for (const file of existsSync(dist) ? readdirSync(dist, { recursive: true }) : []) {
    if (file.endsWith('.d.ts')) rmSync(join(dist, file))
  }
}

// Typed arrays are generic since TypeScript 5.7, and inferred types are written down that way. The parameter is the
// default one; compilers before 5.7 know none.
function forOlderCompilers(file) {
  const text = readFileSync(file, 'utf8')
  const plain = text
    .replaceAll(/((?:Int|Uint|BigInt|BigUint|Float)\d+(?:Clamped)?Array)<ArrayBufferLike>/g, '$1')
    // Before ES2015, the default target of compilers before TypeScript 6, a name with # is an error. Any private name keeps
    // the class apart from one of the same shape; its own in each, since a class may extend another.
    .replaceAll(/^( +)#private;$/gm, (_, indent, at, whole) => {
      const [, name] = [...whole.slice(0, at).matchAll(/^(?:export |declare |abstract )*class (\w+)/gm)].at(
        -1,
      )
      return `${indent}private "#${name}";`
    })
  if (plain !== text) writeFileSync(file, plain)
}

/** Builds the named targets in order. */
export function build(targets) {
  withLock(join(root, '.cache/build.lock'), () => {
    for (const target of targets) {
      if (target === 'native') buildNative()
      else if (target === 'ts') buildTypeScript()
      else if (target === 'core_tests' || target === 'bench_programs') buildNative(target)
      else
        throw new Failure(`build: no target '${target}'; there are native, ts, core_tests and bench_programs`)
    }
  })
}

if (isMain(import.meta.url)) build(process.argv.length > 2 ? process.argv.slice(2) : ['native', 'ts'])
