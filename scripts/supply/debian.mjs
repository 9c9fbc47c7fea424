// Programs of Debian packages for the tests, unpacked into .cache/debian: unlike installing, that starts no service.
//
//   import { debian } from './debian.mjs'
//   const influxd = await debian('influxdb', 'usr/bin/influxd')   // path of the program
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../project.mjs'
import { withLock } from './lock.mjs'

const run = promisify(execFile)
const cache = join(root, '.cache/debian')
const pending = new Map()

/** Path of `program` in the Debian package `name`, which is downloaded on first use. */
export function debian(name, program) {
  const key = `${name}/${program}`
  if (!pending.has(key)) pending.set(key, unpacked(name, program))
  return pending.get(key)
}

/** Whether Debian packages can be had here: they are unpacked already, or there is apt-get. */
export function hasDebian(name) {
  return existsSync(join(cache, name)) || existsSync('/usr/bin/apt-get')
}

async function unpacked(name, program) {
  const folder = join(cache, name)
  const path = join(folder, program)
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  // Two test processes may do this at once: each in a folder of its own, and the first one stays.
  const own = await mkdtemp(join(cache, `.${name}-`))
  try {
    await download(name, own)
    const [archive] = (await readdir(own)).filter((file) => file.endsWith('.deb'))
    await run('dpkg', ['-x', archive, 'content'], { cwd: own })
    await rename(join(own, 'content'), folder).catch((error) => {
      if (!existsSync(path)) throw error
    })
  } catch (error) {
    throw new Error(
      `the Debian package ${name} could not be unpacked (network? apt-get update?): ${error.stderr ?? error.message}`,
      { cause: error },
    )
  } finally {
    await rm(own, { recursive: true, force: true })
  }
  return path
}

async function download(name, folder) {
  try {
    await run('apt-get', ['download', name], { cwd: folder })
  } catch {
    // A new machine knows no packages. Two updates at once refuse each other: one after the other.
    withLock(join(root, '.cache/apt.lock'), () => execFileSync('apt-get', ['update'], { stdio: 'pipe' }))
    await run('apt-get', ['download', name], { cwd: folder })
  }
}
