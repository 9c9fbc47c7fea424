// npm run test:asan: the C++ tests and the whole unit suite with everything under AddressSanitizer and UBSAN.
//   npm run test:asan -- test/hostile        only these files, and no C++ tests
//   npm run test:asan -- --leak              instead: the scripts of test/leak under LeakSanitizer
// Node itself is not instrumented; the sanitizer's library is loaded before it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fetchSources, sourcesFolder } from './fetch-pvxs.mjs'
import { bin, Failure, node, root, run } from './project.mjs'

const folder = join(root, '.cache/addon-asan')

function buildAddon() {
  fetchSources()
  const out = ['-O', join(folder, 'build')]
  const options = {
    PVXS_SOURCES: sourcesFolder,
    NODE_PVXS_WERROR: 'ON',
    NODE_PVXS_SANITIZE: 'address,undefined',
    // node-addon-api's templates do not compile under these with GCC 12
    CMAKE_CXX_FLAGS: '-fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute',
  }
  const cmakeJs = [bin('cmake-js', 'bin/cmake-js')]
  if (!existsSync(join(folder, 'build/CMakeCache.txt'))) {
    const defined = Object.entries(options).map(([name, value]) => `--CD${name}=${value}`)
    node([...cmakeJs, 'configure', '-l', 'warn', ...out, ...defined])
  }
  node([...cmakeJs, 'build', '-l', 'warn', ...out, '--target', 'node_pvxs'], {
    env: { CMAKE_BUILD_PARALLEL_LEVEL: '2' },
  })
}

function library(name) {
  const { stdout } = spawnSync(process.env.CXX ?? 'g++', [`-print-file-name=${name}`], { encoding: 'utf8' })
  const file = stdout?.trim() ?? ''
  if (!file.includes('/')) throw new Failure(`${name} is not installed: it comes with g++`)
  return file
}

function environment(leaks) {
  return {
    LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
    NODE_PVXS_PREBUILD: folder, // the loader looks in its build/Release
    ASAN_OPTIONS: `detect_leaks=${leaks ? 1 : 0}:strict_string_checks=1:abort_on_error=0:exitcode=99`,
    LSAN_OPTIONS: `suppressions=${join(root, 'test/leak/lsan.supp')}:print_suppressions=0`,
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    // what is measured in bytes is not measured under a sanitizer
    NODE_PVXS_SANITIZED: '1',
  }
}

const args = process.argv.slice(2)
if (process.platform !== 'linux') throw new Failure('the sanitizers are set up for Linux only')
const leak = args[0] === '--leak'
if (args.length === 0) node([join(root, 'scripts/test-core.mjs'), '--sanitize', 'address,undefined'])
buildAddon()
node([bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json'])
if (leak) {
  const scripts = readdirSync(join(root, 'test/leak')).filter((name) => name.endsWith('.mjs'))
  for (const script of scripts) {
    console.log(script)
    run(process.execPath, ['--expose-gc', join(root, 'test/leak', script)], {
      env: environment(true),
      hint: `${script}: leaks, or a failure (see above)`,
    })
  }
} else {
  const files =
    args.length > 0 ? args : ['test/unit', 'test/hostile', 'test/faults', 'test/lifetime/close.test.ts']
  const vitest = [bin('vitest', 'vitest.mjs'), 'run', '--testTimeout=120000', ...files]
  run(process.execPath, vitest, { env: environment(false) })
}
