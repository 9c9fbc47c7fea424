// What a user can import. It stands once, in `exports` of package.json; the build, the tests, the documentation of the
// API and the type checks read it here.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../project.mjs'

const { name: packageName, exports, bin = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** @typedef {{ subpath: string, name: string, source: string, room: string }} Entry */

/**
 * The entries of the package: `{ subpath: 'node-pvxs/testing', name: 'testing/index', source: 'lib-ts/testing/index.ts',
 * room: 'testing' }`. The room of the main entry is `''`.
 * @type {Entry[]}
 */
export const entries = Object.entries(exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([path, target]) => entry(packageName + path.slice(1), target.default))

/** The programs of the package, in the same form. @type {Entry[]} */
export const programs = Object.entries(bin).map(([name, file]) =>
  entry(name, `./${file.replace(/^\.\//, '')}`),
)

function entry(subpath, file) {
  const name = file.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
  const room = dirname(name)
  return { subpath, name, source: `lib-ts/${name}.ts`, room: room === '.' ? '' : room }
}

/** Subpath to source file, the longer names first, as resolvers that compare beginnings want it. */
export const sourceOfSubpath = Object.fromEntries(
  [...entries]
    .sort((a, b) => b.subpath.length - a.subpath.length)
    .map(({ subpath, source }) => [subpath, join(root, source)]),
)
