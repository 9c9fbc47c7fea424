// What prebuildify calls instead of node-gyp: compiles one target with cmake-js into the current folder.
// Its arguments are meant for node-gyp; the target's name comes in NODE_PVXS_TARGET.
import { join } from 'node:path'
import { availableParallelism } from 'node:os'
import { sourcesFolder } from '../supply/fetch-pvxs.mjs'
import { bin, node, root } from '../project.mjs'
import { folderOf, targets } from './targets.mjs'

const target = targets.find(({ name }) => name === process.env.NODE_PVXS_TARGET)
const toolchain = (name) => join(root, 'cmake/toolchains', `${name}.cmake`)
const definitions = {
  PVXS_SOURCES: sourcesFolder,
  NODE_PVXS_STRIP: 'ON',
  ...(target.zig
    ? { CMAKE_TOOLCHAIN_FILE: toolchain('zig'), ZIG_TARGET: target.zig, ZIG: process.env.NODE_PVXS_ZIG }
    : { CMAKE_TOOLCHAIN_FILE: toolchain('mingw-w64') }),
}
const defined = Object.entries(definitions).map(([name, value]) => `--CD${name}=${value}`)
node(
  [bin('cmake-js', 'bin/cmake-js'), 'build', '-l', 'warn', '-O', join(folderOf(target), 'build'), ...defined],
  {
    env: {
      CMAKE_BUILD_PARALLEL_LEVEL: process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism()),
    },
  },
)
