// Python virtual environments for the tests and benchmarks, made on first use and kept in .cache/venv.
//
//   import { environment } from './venv.mjs'
//   const python = await environment('peers')   // path of the interpreter
//
//   node scripts/tests/venv.mjs peers                  // the same by hand; prints the path
//
// A folder is named after what is in it (requirements and interpreter version), so a changed requirements file makes a
// new one. It counts as made when a file in it says so: a half-made environment is never used.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** Known environments and the file that says what is in each. */
export const requirements = {
  peers: 'test/interop/requirements.txt',
  tools: 'test/cli/requirements.txt',
  aiopvxs: 'bench/python/requirements-aiopvxs.txt',
  influx: 'bench/influx/requirements.txt',
  btrdb: 'test/btrdb/peers/requirements.txt',
  bridge: 'test/bridge/peers/requirements.txt',
  brokers: 'test/brokers/requirements.txt',
  piwebx: 'test/pi/peers/requirements.txt',
  archiver: 'test/record/requirements.txt',
}

const INSTALL_LIMIT_MS = 15 * 60_000
const LOCK_LIMIT_MS = INSTALL_LIMIT_MS + 60_000

/** @param {string} file @param {string[]} args @returns {Promise<{ code: number, out: string }>} */
function run(file, args, { timeoutMs = 60_000, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs })
    let out = ''
    child.stdout.on('data', (d) => (out += d))
    child.stderr.on('data', (d) => (out += d))
    child.on('error', (e) => resolve({ code: -1, out: String(e) }))
    child.on('close', (code, signal) => {
      if (signal) out += `\nended by ${signal} after at most ${timeoutMs / 60_000} minutes`
      resolve({ code: code ?? -1, out })
    })
  })
}

/** The first interpreter that works, and its version. */
async function findPython() {
  const wanted = process.env['PVXS_PYTHON']
  const tried = []
  const candidates = wanted ? [[wanted]] : [['python3'], ['python'], ['py', '-3']]
  for (const [file, ...args] of candidates) {
    const probe = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])'
    const { code, out } = await run(file, [...args, '-c', probe])
    const version = out.trim()
    if (code === 0 && Number(version.split('.')[1]) >= 9) return { file, args, version }
    tried.push(
      `  ${[file, ...args].join(' ')}: ${code === 0 ? `version ${version} is too old` : (version.split('\n').pop() ?? '')}`,
    )
  }
  throw new Error(
    'No usable Python (3.9 or newer, with its venv module) was found. Tried:\n' +
      `${tried.join('\n')}\n` +
      'Install one (Debian and Ubuntu: apt install python3-venv), or name it in PVXS_PYTHON.',
  )
}

/** Runs `work` while no other process does for the same `lock` folder. */
async function exclusively(lock, work) {
  const start = Date.now()
  for (;;) {
    try {
      await mkdir(lock)
      break
    } catch (e) {
      if (e.code !== 'EEXIST') throw e
    }
    if (await abandoned(lock)) await rm(lock, { recursive: true, force: true })
    else if (Date.now() - start > LOCK_LIMIT_MS)
      throw new Error(`${lock} is held by another process for too long; delete it`)
    else await sleep(250)
  }
  try {
    await writeFile(path.join(lock, 'pid'), String(process.pid))
    return await work()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

/** A lock whose owner is gone. */
async function abandoned(lock) {
  try {
    const pid = Number(await readFile(path.join(lock, 'pid'), 'utf8'))
    if (!pid) return false
    process.kill(pid, 0)
    return false
  } catch (e) {
    if (e.code === 'ESRCH') return true
    if (e.code !== 'ENOENT') return false
    // Between mkdir and writing the pid, or killed there.
    const made = await stat(lock).catch(() => undefined)
    return made !== undefined && Date.now() - made.mtimeMs > 30_000
  }
}

const interpreter = (folder) =>
  process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python')

async function make(name, folder, python, file) {
  await rm(folder, { recursive: true, force: true })
  const venv = await run(python.file, [...python.args, '-m', 'venv', folder], { timeoutMs: INSTALL_LIMIT_MS })
  if (venv.code !== 0) throw new Error(`The Python environment '${name}' could not be made:\n${venv.out}`)
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', file]
  const { code, out } = await run(interpreter(folder), install, { timeoutMs: INSTALL_LIMIT_MS })
  if (code === 0) return
  const tail = out.trim().split('\n').slice(-25).join('\n')
  throw new Error(
    `pip could not install ${path.relative(root, file)} for '${name}' (network? compiler?):\n${tail}\n` +
      `By hand: ${interpreter(folder)} -m pip install -r ${file}`,
  )
}

const known = new Map()

/**
 * Path of the interpreter of environment `name`, made first when it is not there.
 *
 * A second call costs nothing; two processes that ask at the same time make it once.
 *
 * @param {"peers" | "tools" | "aiopvxs" | "influx" | "btrdb" | "bridge" | "brokers" | "piwebx" | "archiver"} name
 * @returns {Promise<string>}
 */
export function environment(name) {
  let pending = known.get(name)
  if (!pending) known.set(name, (pending = prepare(name)))
  return pending
}

async function prepare(name) {
  const relative = requirements[name]
  if (!relative)
    throw new Error(`No Python environment '${name}'; there are ${Object.keys(requirements).join(', ')}`)
  const file = path.join(root, relative)
  const text = await readFile(file, 'utf8')
  const python = await findPython()
  const key = createHash('sha256').update(`${python.version}\n${text}`).digest('hex').slice(0, 12)
  const cache = path.join(root, '.cache', 'venv')
  const folder = path.join(cache, `${name}-${key}`)
  const ready = path.join(folder, '.complete')
  if (existsSync(ready)) return interpreter(folder)
  await mkdir(cache, { recursive: true })
  await exclusively(`${folder}.lock`, async () => {
    if (existsSync(ready)) return
    // A virtual environment cannot be renamed (its scripts name their interpreter), so completeness is a file in it.
    await make(name, folder, python, file)
    await writeFile(`${ready}.new`, `${python.version}\n`)
    await rename(`${ready}.new`, ready)
  })
  return interpreter(folder)
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(await environment(process.argv[2] ?? 'peers'))
  } catch (e) {
    console.error(e.message)
    process.exitCode = 1
  }
}
