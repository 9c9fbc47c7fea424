// The npm package kerberos, an optional peer, built from its source and kept under .cache/npm: what it would download
// instead is not to be had everywhere. Needs a compiler and Debian's libkrb5-dev.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../project.mjs'

const VERSION = '7.0.0'
const run = promisify(execFile)
const cache = join(root, '.cache/npm')
const prefix = dirname(dirname(process.execPath))
const npm = join(prefix, 'lib/node_modules/npm')

/** The folder of the package, whose binary fits this Node. */
export async function kerberosPackage() {
  const folder = join(cache, `kerberos-${VERSION}-${process.platform}-${process.arch}`)
  const installed = join(folder, 'node_modules/kerberos')
  if (existsSync(join(installed, 'build/Release/kerberos.node'))) return installed
  await mkdir(cache, { recursive: true })
  // Two test processes may do this at once: each in a folder of its own, and the first one stays.
  const own = await mkdtemp(join(cache, '.kerberos-'))
  try {
    await writeFile(join(own, 'package.json'), '{ "private": true }\n')
    const node = (...args) => run(process.execPath, args, { cwd: own, maxBuffer: 1 << 26 })
    await node(
      join(npm, 'bin/npm-cli.js'),
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `kerberos@${VERSION}`,
    )
    // Where Node was installed with its headers, they need not be downloaded.
    const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : []
    const gyp = join(npm, 'node_modules/node-gyp/bin/node-gyp.js')
    await node(gyp, 'rebuild', `--directory=${join(own, 'node_modules/kerberos')}`, ...headers)
    await rename(own, folder).catch((error) => {
      if (!existsSync(installed)) throw error
    })
  } catch (error) {
    throw new Error(
      `the package kerberos could not be built (libkrb5-dev?): ${error.stderr ?? error.message}`,
      { cause: error },
    )
  } finally {
    await rm(own, { recursive: true, force: true })
  }
  return installed
}
