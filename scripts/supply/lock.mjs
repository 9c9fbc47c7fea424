// One build, and one download, at a time in one checkout: two ninja processes in one folder spoil each other's files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The process that holds the lock; undefined when it was let go meanwhile or its holder has died. */
function holder(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // Empty: its holder has made the file and is about to write to it.
    return pid === 0 || isAlive(pid) ? pid : undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Runs `action` while this process holds the lock file; waits for another living holder. */
export function withLock(file, action) {
  mkdirSync(dirname(file), { recursive: true })
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (let told = false; ;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const pid = holder(file)
    if (pid === undefined) {
      rmSync(file, { force: true })
      continue
    }
    if (!told) console.log(`waiting for process ${pid}, which is at work in this folder too`)
    told = true
    Atomics.wait(sleeper, 0, 0, 200)
  }
  try {
    return action()
  } finally {
    rmSync(file, { force: true })
  }
}
