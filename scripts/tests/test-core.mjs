// npm run test:core: the C++ tests alone, under ctest.
//   npm run test:core -- --sanitize address,undefined     (or thread; its own folder under .cache/)
// Other arguments go to ctest.
import { availableParallelism } from 'node:os'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../commands/build.mjs'
import { fetchSources, sourcesFolder } from '../supply/fetch-pvxs.mjs'
import { Failure, isMain, root, run } from '../project.mjs'

/** PVXS itself is clean under ASAN and UBSAN; these two benign races under TSAN are upstream's. */
export const sanitizerEnv = {
  ASAN_OPTIONS: 'detect_leaks=1:strict_string_checks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: `suppressions=${join(root, 'cmake/tsan.supp')}:halt_on_error=0`,
}

function buildSanitized(sanitizers) {
  const folder = join(root, '.cache', `core-${sanitizers.replaceAll(/[^a-z]+/g, '-')}`)
  fetchSources()
  if (!existsSync(join(folder, 'CMakeCache.txt'))) {
    const options = { PVXS_SOURCES: sourcesFolder, NODE_PVXS_TESTS: 'ON', NODE_PVXS_SANITIZE: sanitizers }
    const defined = Object.entries(options).map(([name, value]) => `-D${name}=${value}`)
    run('cmake', ['-S', root, '-B', folder, ...defined])
  }
  run('cmake', ['--build', folder, '--target', 'core_tests', '--parallel', String(availableParallelism())])
  return folder
}

/** Runs the C++ tests of a build folder. */
export function ctest(folder, env, args = []) {
  const all = ['--test-dir', folder, '--output-on-failure', '--no-tests=error', ...args]
  run('ctest', all, { env, hint: 'C++ tests failed (see above).' })
}

function main(args) {
  const at = args.indexOf('--sanitize')
  if (at < 0) {
    build(['core_tests'])
    ctest(join(root, 'build'), {}, args)
    return
  }
  const [, sanitizers] = args.splice(at, 2)
  if (!sanitizers)
    throw new Failure('--sanitize wants address, undefined, thread, or some of them with commas')
  ctest(buildSanitized(sanitizers), sanitizerEnv, args)
}

if (isMain(import.meta.url)) main(process.argv.slice(2))
