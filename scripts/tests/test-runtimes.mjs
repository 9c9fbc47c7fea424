// npm run test:runtimes: the installed package in bundles, and under Bun and Deno. A table says what worked.
//   npm run test:runtimes -- --tarball FILE      this tarball, instead of one packed now
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cache, install, npmTool } from '../package/install.mjs'
import { buildAndPack } from '../package/pack.mjs'
import { Failure, bin, root } from '../project.mjs'

const BUN = '1.4.5'
const DENO = '2.9.6'
const LIMIT_MS = 120_000

const cpu = process.arch === 'arm64' ? 'aarch64' : process.arch
const os = process.platform === 'win32' ? 'windows' : process.platform
const program = (name) => (process.platform === 'win32' ? `${name}.exe` : name)

/** The commands that the page of the guide gives, letter by letter. */
function bundles() {
  const page = readFileSync(join(root, 'docs/runtimes.md'), 'utf8')
  const commands = [...page.matchAll(/^npx esbuild (.*--outfile=(\S+))$/gm)]
  return commands.map(([, args, output]) => ({ args: args.split(' '), output }))
}

/** Runs a program that prints `ok: …`; the reason when it does not. */
function attempt(command, args, project, env) {
  const done = spawnSync(command, args, {
    cwd: project,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: LIMIT_MS,
  })
  if (done.status === 0 && done.stdout.startsWith('ok: ') && done.stderr === '')
    return { ok: done.stdout.trim() }
  const end = done.error?.message ?? done.signal ?? `exit code ${done.status}`
  return { failed: `${end}\n${done.stdout}${done.stderr}`.trim() }
}

function bundled(project) {
  copyFileSync(join(project, 'bundled.mjs'), join(project, 'server.mjs'))
  return bundles().map(({ args, output }) => {
    const esbuild = spawnSync(bin('.bin', 'esbuild'), args, {
      cwd: project,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    const built = esbuild.status === 0 && !/\[(WARNING|ERROR)\]/.test(esbuild.stderr)
    const name = `esbuild, ${args.filter((arg) => /format|external/.test(arg)).join(' ')}`
    return { name, ...(built ? attempt(process.execPath, [output], project) : { failed: esbuild.stderr }) }
  })
}

function bun(project) {
  const file = npmTool(`@oven/bun-${os}-${cpu}`, BUN, join('bin', program('bun')))
  return ['smoke.mjs', 'required.cjs'].map((script) => ({
    name: `Bun ${BUN}, ${script}`,
    ...attempt(file, [script], project),
  }))
}

function deno(project) {
  const libc = process.platform === 'linux' ? '-glibc' : ''
  const file = npmTool(`@deno/${process.platform}-${process.arch}${libc}`, DENO, program('deno'))
  const permissions = ['--allow-ffi', '--allow-read', '--allow-env', '--allow-sys']
  const env = { DENO_DIR: join(cache, 'deno'), DENO_NO_UPDATE_CHECK: '1' }
  return ['smoke.mjs', 'required.cjs'].map((script) => ({
    name: `Deno ${DENO}, ${script}`,
    ...attempt(file, ['run', ...permissions, script], project, env),
  }))
}

rmSync(cache, { recursive: true, force: true })
const { values } = parseArgs({ options: { tarball: { type: 'string' } } })
const project = install('runtimes', values.tarball ? resolve(values.tarball) : buildAndPack(cache).file)
const results = [...bundled(project), ...bun(project), ...deno(project)]
for (const { name, ok, failed } of results)
  console.log(`${ok ? 'works ' : 'FAILED'} ${name}: ${ok ?? failed}`)
console.log('not run Electron: its npm package fetches the program from another host at install')
const failures = results.filter(({ failed }) => failed !== undefined)
if (failures.length > 0)
  throw new Failure(
    `${failures.length} of ${results.length} failed: ${failures.map(({ name }) => name).join('; ')}`,
  )
