// Downloads the pinned source distributions of PVXS and EPICS libCom with pip and unpacks them under
// third_party/. Does nothing when they are there. PVXS_SOURCES names a folder that has them already,
// PVXS_PYTHON the Python whose pip is to be used.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { withLock } from './lock.mjs'
import { Failure, isMain, root, run } from '../project.mjs'

const pinFile = join(root, 'cmake/pvxs/sources.txt')

/** The folder that has, or will have, the unpacked source distributions. */
export const sourcesFolder = resolve(process.env.PVXS_SOURCES || join(root, 'third_party'))

function readPins() {
  const line = /^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$/gm
  return [...readFileSync(pinFile, 'utf8').matchAll(line)].map(([, name, version, sha256]) => ({
    folder: `${name}-${version}`,
    sha256,
  }))
}

function findPip(pins) {
  const python = process.env.PVXS_PYTHON
  const candidates = python
    ? [[python, '-m', 'pip']]
    : [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-3', '-m', 'pip'], ['pip3'], ['pip']]
  for (const candidate of candidates) {
    const [command, ...args] = candidate
    if (spawnSync(command, [...args, '--version']).status === 0) return candidate
  }
  throw new Failure(
    `the PVXS sources are downloaded with Python's pip, and none was found.\n` +
      `  Tried: ${candidates.map((candidate) => candidate.join(' ')).join(', ')}.\n` +
      `  Install it (Debian, Ubuntu: apt install python3-pip; Fedora, RHEL: dnf install python3-pip; macOS: brew\n` +
      `  install python; Windows: winget install Python.Python.3.12), or set PVXS_PYTHON to a Python that has pip,\n` +
      `  or unpack ${pins.map((pin) => `${pin.folder}.tar.gz`).join(' and ')} somewhere and set PVXS_SOURCES to that folder.`,
  )
}

function download(pip, into) {
  const [command, ...args] = pip
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--no-binary',
    ':all:',
    '--require-hashes',
  ]
  const done = spawnSync(
    command,
    [...args, 'download', ...options, '--no-build-isolation', '-r', pinFile, '-d', into],
    {
      stdio: ['ignore', 'inherit', 'pipe'],
      encoding: 'utf8',
      // The stand-in build backend: no setup.py runs, so neither compiler nor other packages are needed.
      env: {
        ...process.env,
        PYTHONPATH: [join(root, 'scripts/no-build'), process.env.PYTHONPATH].filter(Boolean).join(delimiter),
      },
    },
  )
  if (done.status === 0) return
  process.stderr.write(done.stderr)
  if (/DO NOT MATCH THE HASHES/.test(done.stderr)) {
    throw new Failure(
      `what pip downloaded is not what cmake/pvxs/sources.txt pins by sha256 (see above); nothing was unpacked.\n` +
        `  Look for a proxy or package mirror that changes files. Do not go on with these sources.`,
    )
  }
  throw new Failure(
    `pip could not download the PVXS sources (see above).\n` +
      `  Check the network, or the proxy and index that pip is configured for (pip config list); or set PVXS_SOURCES\n` +
      `  to a folder that has them unpacked.`,
  )
}

function unpack(pin, work, target) {
  const archive = `${pin.folder}.tar.gz`
  const sha256 = createHash('sha256')
    .update(readFileSync(join(work, archive)))
    .digest('hex')
  if (sha256 !== pin.sha256) {
    throw new Failure(
      `${archive} has sha256 ${sha256}, and cmake/pvxs/sources.txt wants ${pin.sha256}; nothing was unpacked.`,
    )
  }
  run('tar', ['-xzf', archive], { cwd: work, hint: `could not unpack ${archive}; is there a tar on PATH?` })
  rmSync(join(target, pin.folder), { recursive: true, force: true })
  renameSync(join(work, pin.folder), join(target, pin.folder))
}

/** Makes sure that the pinned sources are in {@link sourcesFolder}. */
export function fetchSources() {
  const pins = readPins()
  const absent = () => pins.filter((pin) => !existsSync(join(sourcesFolder, pin.folder, 'PKG-INFO')))
  const missing = absent()
  if (missing.length === 0) return
  if (process.env.PVXS_SOURCES) {
    throw new Failure(
      `PVXS_SOURCES is ${sourcesFolder}, but ${missing.map((pin) => pin.folder).join(' and ')} is not there.\n` +
        `  Unpack it there, or unset PVXS_SOURCES to have it downloaded.`,
    )
  }
  withLock(join(root, '.cache/fetch.lock'), () => fetchInto(sourcesFolder, pins, absent()))
}

function fetchInto(target, pins, missing) {
  if (missing.length === 0) return
  mkdirSync(target, { recursive: true })
  const work = mkdtempSync(join(target, '.fetch-'))
  try {
    download(findPip(pins), work)
    for (const pin of missing) {
      unpack(pin, work, target)
      console.log(`fetched ${pin.folder}`)
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (isMain(import.meta.url)) fetchSources()
