// Which sources a binary was built from: a digest beside it, so that a release does not ship an old one.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { root } from '../project.mjs'
import { fileOf } from './targets.mjs'

const stampOf = (target) => `${fileOf(target)}.sources`
/** What is built with the sources, and is no part of a binary. */
const elsewhere = /^cmake\/(tests|bench)\.cmake$|^cmake\/tsan\.supp$/

function digest() {
  const hash = createHash('sha256')
  const folders = ['binding', 'cmake', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1)),
  )
  for (const file of ['CMakeLists.txt', ...folders].map((name) => name.split(sep).join('/')).sort()) {
    if (!elsewhere.test(file)) hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

/** To be called before the build: what changes meanwhile may or may not be in. */
export const sourcesNow = digest

export const stamp = (target, sources) => writeFileSync(stampOf(target), `${sources}\n`)

/** Whether the binary of a target was built from the sources as they are. */
export const isCurrent = (target) =>
  existsSync(stampOf(target)) && readFileSync(stampOf(target), 'utf8').trim() === digest()
