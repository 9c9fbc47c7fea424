import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// What the build says when something that it needs is missing. A copy of the scripts in an empty folder, so that
// nothing downloaded or built is in the way; the package index is a folder or a closed port, never the network.

const project = join(import.meta.dirname, '../..')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'node-pvxs-supply-'))
  cpSync(join(project, 'scripts'), join(root, 'scripts'), { recursive: true })
  cpSync(join(project, 'cmake/pvxs/sources.txt'), join(root, 'cmake/pvxs/sources.txt'))
})
afterEach(() => rmSync(root, { recursive: true }))

const pathWith = (...folders: string[]): string => [join(root, 'bin'), ...folders].join(delimiter)

function command(name: string, exitCode: number): void {
  mkdirSync(join(root, 'bin'), { recursive: true })
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\nexit ${exitCode}\n`, { mode: 0o755 })
}

function run(script: string, env: NodeJS.ProcessEnv): { status: number | null; text: string } {
  const args = [join(root, 'scripts', script), ...(script === 'commands/build.mjs' ? ['native'] : [])]
  const { PVXS_SOURCES: _sources, PVXS_PYTHON: _python, CXX: _cxx, ...clean } = process.env
  const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: { ...clean, ...env } })
  return { status: done.status, text: done.stdout + done.stderr }
}

function pinned(): string[] {
  const lines = readFileSync(join(root, 'cmake/pvxs/sources.txt'), 'utf8').matchAll(/^(\S+)==(\S+) /gm)
  return [...lines].map(([, name = '', version = '']) => `${name}-${version}`)
}

describe('the build, when something is missing', { timeout: 60_000 }, () => {
  it('asks for npm ci', () => {
    const { status, text } = run('commands/build.mjs', {})
    expect({ status, text }).toEqual({ status: 1, text: expect.stringContaining('Run: npm ci') as string })
  })

  it('asks for cmake', () => {
    symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'))
    const { status, text } = run('commands/build.mjs', { PATH: pathWith() })
    expect(status).toBe(1)
    expect(text).toContain('cmake is needed')
    expect(text).toContain('apt install cmake')
  })

  it('asks for a compiler', () => {
    symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'))
    command('cmake', 0)
    const { status, text } = run('commands/build.mjs', { PATH: pathWith() })
    expect(status).toBe(1)
    expect(text).toContain('a C++17 compiler is needed')
    expect(text).toContain('apt install g++')
  })

  it('asks for pip, and names what it tried', () => {
    command('python3', 1)
    const { status, text } = run('supply/fetch-pvxs.mjs', { PATH: pathWith() })
    expect(status).toBe(1)
    expect(text).toContain('Tried: python3 -m pip')
    expect(text).toContain('PVXS_PYTHON')
  })

  it('says that there is no network', () => {
    const { status, text } = run('supply/fetch-pvxs.mjs', {
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_RETRIES: '0',
      PIP_NO_CACHE_DIR: '1',
    })
    expect(status).toBe(1)
    expect(text).toContain('pip could not download the PVXS sources')
    expect(readdirSync(join(root, 'third_party'))).toEqual([])
  })

  it('refuses sources with another hash, and unpacks nothing', () => {
    mkdirSync(join(root, 'index'))
    for (const name of pinned()) writeFileSync(join(root, 'index', `${name}.tar.gz`), 'other content')
    const { status, text } = run('supply/fetch-pvxs.mjs', {
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: join(root, 'index'),
    })
    expect(status).toBe(1)
    expect(text).toContain('is not what cmake/pvxs/sources.txt pins by sha256')
    expect(readdirSync(join(root, 'third_party'))).toEqual([])
  })

  it('says what is not in PVXS_SOURCES', () => {
    const { status, text } = run('supply/fetch-pvxs.mjs', { PVXS_SOURCES: join(root, 'nowhere') })
    expect(status).toBe(1)
    expect(text).toContain(`PVXS_SOURCES is ${join(root, 'nowhere')}`)
    expect(text).toContain(pinned()[0])
  })

  it('does nothing when the sources are there', () => {
    for (const name of pinned()) {
      const file = join(root, 'third_party', name, 'PKG-INFO')
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, '')
    }
    expect(run('supply/fetch-pvxs.mjs', { PATH: pathWith() })).toEqual({ status: 0, text: '' })
  })
})
