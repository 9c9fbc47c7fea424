// npm run test:prebuilds: runs every binary in prebuilds/ that this machine can run, emulated where need be, and says
// of the others why not. A binary that is there and fails is an error; one that cannot be run here is not.
//   npm run test:prebuilds -- win32-x64     only this one
//   npm run test:prebuilds -- --all         what is not there or not run is an error too, but for macOS
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../commands/build.mjs'
import { lines, nodeFor } from '../supply/nodes.mjs'
import { muslRunner } from '../prebuild/musl.mjs'
import { choose } from '../commands/prebuild.mjs'
import { fileOf } from '../prebuild/targets.mjs'
import { Failure, root } from '../project.mjs'

const work = join(root, '.cache/prebuild-test')
const LIMIT_MS = 300_000
const has = (command) => spawnSync(command, ['--version']).status === 0

/** An installed package with nothing but one target's binary in it. */
function installed(target) {
  const project = join(work, target.name)
  const copy = join(project, 'node_modules/node-pvxs')
  rmSync(project, { recursive: true, force: true })
  mkdirSync(copy, { recursive: true })
  // Without a package.json of its own, the project would be part of this package and import it from here.
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  for (const part of ['package.json', 'dist']) cpSync(join(root, part), join(copy, part), { recursive: true })
  const modules = join(root, 'node_modules/node-gyp-build')
  cpSync(modules, join(project, 'node_modules/node-gyp-build'), { recursive: true })
  cpSync(fileOf(target), fileOf(target).replace(root, copy))
  cpSync(join(root, 'test/package/project/smoke.mjs'), join(project, 'smoke.mjs'))
  return project
}

const arm64Root = '/usr/aarch64-linux-gnu'
/** What Node for arm64 wants; libatomic since Node 26. */
const arm64Libraries = ['libc.so.6', 'libstdc++.so.6', 'libatomic.so.1']
const arm64Packages = 'libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross'
const qemu = 'qemu-aarch64-static'
const glibcNode = (line, arch) => nodeFor(line, 'linux', arch).file

/** How to run Node for a target: a list of { title, command, env }, or the reason why it cannot be. */
function runnersFor(target) {
  const native = target.platform === process.platform && target.arch === process.arch
  switch (target.name) {
    case 'linux-x64':
    case 'linux-arm64': {
      if (native)
        return lines.map((line) => ({ title: `Node ${line}`, command: [glibcNode(line, target.arch)] }))
      if (target.arch !== 'arm64' || process.platform !== 'linux') return 'no emulator for it here'
      if (!has(qemu)) return `${qemu} is missing (Debian, Ubuntu: apt install qemu-user-static)`
      if (!arm64Libraries.every((name) => existsSync(join(arm64Root, 'lib', name)))) {
        return `arm64 libraries are missing (Debian, Ubuntu: apt install ${arm64Packages})`
      }
      const command = (line) => [qemu, '-L', arm64Root, glibcNode(line, 'arm64')]
      return lines.map((line) => ({ title: `Node ${line} under qemu`, command: command(line), tcp: true }))
    }
    case 'linux-x64-musl':
    case 'linux-arm64-musl':
      return process.platform === 'linux' ? muslRunner(target, native ? [] : [qemu]) : 'no musl here'
    case 'win32-x64':
      if (native) return [{ title: 'Node', command: [process.execPath] }]
      return wineRunner()
    default:
      return native
        ? [{ title: 'Node', command: [process.execPath] }]
        : 'it was inspected only; unproven until a Mac has run it'
  }
}

function wineRunner() {
  if (!has('wine')) return 'wine is missing (Debian, Ubuntu: apt install wine wine64)'
  const env = { WINEPREFIX: join(work, 'wine'), WINEDEBUG: '-all', WINEARCH: 'win64' }
  mkdirSync(work, { recursive: true })
  // Node refuses a Windows older than 10, and wine calls itself 7.
  const version = ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']
  const set = spawnSync('wine', version, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: LIMIT_MS,
  })
  if (set.status !== 0) return `wine does not start: ${set.stderr.trim().split('\n')[0]}`
  const { file } = nodeFor(20, 'win', 'x64')
  // Node-API is looked for in the host, whatever its name: node.exe is not what Electron and others are called.
  const renamed = join(work, 'host.exe')
  cpSync(file, renamed)
  return [
    { title: 'Node 20 under wine', command: ['wine', file], env },
    { title: 'the same, renamed', command: ['wine', renamed], env },
  ]
}

/** Runs the smoke test; returns what went wrong. Its answer comes in a file, since Node under wine has no stdout. */
function smoke(target, runner) {
  const project = installed(target)
  const answer = join(project, 'answer.txt')
  writeFileSync(answer, '')
  const [command, ...args] = [
    ...runner.command,
    'smoke.mjs',
    '--out',
    'answer.txt',
    ...(runner.tcp ? ['--tcp'] : []),
  ]
  const env = { ...process.env, ...runner.env }
  const done = spawnSync(command, args, { cwd: project, env, encoding: 'utf8', timeout: LIMIT_MS })
  const text = readFileSync(answer, 'utf8').trim()
  if (text.startsWith('ok:')) {
    console.log(`  ${runner.title}: ${text}`)
    return []
  }
  const end = done.signal ?? `exit code ${done.status}`
  return [`${target.name}, ${runner.title}: ${text || `no answer, ${end}\n${done.stderr}`}`]
}

const args = process.argv.slice(2)
const all = args.includes('--all')
const failures = []
const notRun = []

build(['ts'])
for (const target of choose(args.filter((arg) => arg !== '--all'))) {
  if (!existsSync(fileOf(target))) {
    console.log(`${target.name}: not built (npm run prebuild -- ${target.name})`)
    notRun.push(`${target.name}: not built`)
    continue
  }
  console.log(`${target.name}:`)
  const runners = runnersFor(target)
  if (typeof runners !== 'string') for (const runner of runners) failures.push(...smoke(target, runner))
  else {
    console.log(`  NOT RUN: ${runners}`)
    notRun.push(`${target.name}: ${runners}`)
  }
}
if (notRun.length > 0) console.log(`\nnot proven by a run:\n  ${notRun.join('\n  ')}`)
if (all) failures.push(...notRun.filter((text) => !text.startsWith('darwin-')))
if (failures.length > 0) throw new Failure(`prebuilt binaries failed:\n  ${failures.join('\n  ')}`)
