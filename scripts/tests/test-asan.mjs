// npm run test:asan: the C++ tests, and the addon through the unit, hostile, fault and close tests, all of it under
// AddressSanitizer and UBSAN, and in a build that aborts when Node-API is used off the environment's thread.
//   npm run test:asan -- test/hostile        only these files, and no C++ tests
//   npm run test:asan -- --core              only the C++ tests
//   npm run test:asan -- --leak              instead: test/long/leak-*.mjs under LeakSanitizer
// Node itself is not instrumented; the sanitizer's library is loaded before it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fetchSources, sourcesFolder } from '../supply/fetch-pvxs.mjs'
import { build as buildPlain } from '../commands/build.mjs'
import { bin, Failure, node, root, run } from '../project.mjs'
import { ctest, sanitizerEnv } from './test-core.mjs'

const folder = join(root, '.cache/addon-asan') // the loader looks in its build/Release
/** The exit code of whatever a sanitizer finds. */
const FOUND = 99
const buildFolder = join(folder, 'build')

function build(target) {
  fetchSources()
  const cmakeJs = (command, ...args) =>
    node([bin('cmake-js', 'bin/cmake-js'), command, '-l', 'warn', '-O', buildFolder, ...args], {
      env: { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()) },
      hint: 'the build failed (see above).',
    })
  const options = Object.entries({
    PVXS_SOURCES: sourcesFolder,
    NODE_PVXS_WERROR: 'OFF', // GCC sees ghosts in the standard library under these
    NODE_PVXS_TESTS: 'ON',
    NODE_PVXS_CHECKED: 'ON',
    NODE_PVXS_SANITIZE: 'address,undefined',
  }).map(([name, value]) => `--CD${name}=${value}`)
  const configured = join(buildFolder, 'definitions.txt')
  if (!existsSync(configured) || readFileSync(configured, 'utf8') !== options.join('\n')) {
    cmakeJs('configure', ...options)
    writeFileSync(configured, options.join('\n'))
  }
  cmakeJs('build', '--target', target)
}

function library(name) {
  const { stdout } = spawnSync(process.env.CXX ?? 'g++', [`-print-file-name=${name}`], { encoding: 'utf8' })
  const file = stdout?.trim() ?? ''
  if (!file.includes('/')) throw new Failure(`${name} is not installed: it comes with g++`)
  return file
}

const environment = (leaks) => ({
  LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
  NODE_PVXS_PREBUILD: folder,
  ASAN_OPTIONS: `detect_leaks=${leaks ? 1 : 0}:strict_string_checks=1:abort_on_error=0:exitcode=${FOUND}:quarantine_size_mb=32`,
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  // what is measured in bytes is not measured under a sanitizer
  NODE_PVXS_SANITIZED: '1',
})

// A check that cannot fail tells nothing: a reference that dies on another thread, and memory that is lost, must be seen.
function checkTheChecks() {
  const addon = join(buildFolder, 'Release/node_pvxs.node')
  const trial = (name) =>
    spawnSync(process.execPath, ['-e', `require(process.argv[1]).${name}()`, addon], {
      env: { ...process.env, ...environment(true) },
      encoding: 'utf8',
    })
  const { signal, stderr } = trial('dieElsewhere')
  if (signal !== 'SIGABRT' || !/napi_delete_reference off its environment's thread/.test(stderr))
    throw new Failure(`a reference that dies on another thread ended with ${signal}: ${stderr}`)
  const { status, stderr: report } = trial('leak')
  if (status !== FOUND || !/4096 byte\(s\) leaked/.test(report))
    throw new Failure(`memory that is lost ended with ${status}: ${report}`)
}

function main(args) {
  if (process.platform !== 'linux') throw new Failure('the sanitizers are set up for Linux only')
  const [option] = args
  if (option === undefined || option === '--core') {
    build('core_tests')
    ctest(buildFolder, sanitizerEnv)
    if (option !== undefined) return
  }
  build('node_pvxs')
  buildPlain(['core_tests', 'ts']) // the tests' peers: plain PVXS programs
  checkTheChecks()
  if (option === '--leak') return leaks()
  const files =
    args.length > 0 ? args : ['test/unit', 'test/hostile', 'test/faults', 'test/lifetime/close.test.ts']
  // the loader's own tests choose what is loaded
  const without = '--exclude=test/unit/native/load.test.ts'
  const vitest = [bin('vitest', 'vitest.mjs'), 'run', '--testTimeout=120000', without, ...files]
  run(process.execPath, vitest, { env: environment(false) })
}

function leaks() {
  for (const script of readdirSync(join(root, 'test/long')).filter((name) => name.startsWith('leak-'))) {
    console.log(script)
    run(process.execPath, ['--expose-gc', join(root, 'test/long', script)], {
      env: environment(true),
      hint: `${script}: leaks, or a failure (see above)`,
    })
  }
}

main(process.argv.slice(2))
