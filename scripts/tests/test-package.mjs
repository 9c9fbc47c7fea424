// npm run test:package: packs, installs the tarball into empty projects, and uses it there as a stranger would.
//   npm run test:package -- --no-source          without the build from source, which takes minutes
//   npm run test:package -- --tarball FILE       this tarball, instead of one packed now
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { lines, nodeFor } from '../supply/nodes.mjs'
import { barePath, cache, install, npmTool, pathWithoutPython } from '../package/install.mjs'
import { buildAndPack, sizeText } from '../package/pack.mjs'
import { fileOf, targets } from '../prebuild/targets.mjs'
import { Failure, bin, node, root, run } from '../project.mjs'

/** npm that runs no script of a dependency unless told to, and the Node it needs; in strict mode it refuses to install. */
const STRICT_NPM = '12.2.1'
const STRICT_NODE = 24
const PNPM = '10.34.8'
const here = process.platform === 'win32' ? 'win' : process.platform
const nodeOf = (line) => nodeFor(line, here, process.arch)

function needBinary() {
  const host = targets.find(({ platform, arch, libc }) => {
    return platform === process.platform && arch === process.arch && libc !== 'musl'
  })
  if (!host)
    throw new Failure(`there is no prebuilt target for ${process.platform}-${process.arch} to test with`)
  if (!existsSync(fileOf(host))) node(['scripts/commands/prebuild.mjs', host.name])
}

/** publint and attw ask what a resolver and a compiler will make of the package. */
function lintPackage(tarball) {
  node([bin('publint', 'src/cli.js'), tarball, '--strict'])
  node([bin('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--profile', 'esm-only'])
}

function noScripts(project) {
  const { scripts = {} } = JSON.parse(
    readFileSync(join(project, 'node_modules/node-pvxs/package.json'), 'utf8'),
  )
  const atInstall = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts)
  if (atInstall.length > 0) throw new Failure(`the package has scripts that run at install: ${atInstall}`)
}

/** Installs and runs the smoke tests with nothing but Node on PATH. Tells the time to the first value, and asserts none. */
function use(title, name, tarball, { line, ...options }) {
  const { file, version } = nodeOf(line)
  const path = barePath(name, file)
  console.log(`\n${title}, Node ${version}; PATH without compiler, cmake and python:`)
  const began = performance.now()
  const project = install(name, tarball, { executable: file, path, ...options })
  run(file, ['smoke.mjs'], { cwd: project, env: { PATH: path } })
  console.log(`from npm install to a value: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  noScripts(project)
  run(file, ['required.cjs'], { cwd: project, env: { PATH: path } })
}

function usePrebuilt(tarball) {
  for (const line of lines) use('npm', `node-${line}`, tarball, { line })
  use(`npm ${STRICT_NPM} --strict-allow-scripts`, 'strict', tarball, {
    line: STRICT_NODE,
    npm: npmTool('npm', STRICT_NPM, 'bin/npm-cli.js'),
    flags: ['--strict-allow-scripts'],
  })
}

/** pnpm shows a package its own dependencies only. */
function usePnpm(tarball) {
  console.log(`\npnpm ${PNPM}:`)
  const project = join(cache, 'projects/pnpm')
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  cpSync(join(root, 'test/package/project'), project, { recursive: true })
  const pnpm = npmTool('pnpm', PNPM, 'bin/pnpm.cjs')
  node([pnpm, 'add', '--silent', '--store-dir', join(root, '.cache/pnpm-store'), tarball], { cwd: project })
  node(['smoke.mjs'], { cwd: project })
}

function useTypes(tarball) {
  const project = install('types', tarball)
  const nodeTypes = dirname(npmTool('@types/node', '20', 'package.json'))
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2023', 'esnext.disposable'],
    typeRoots: [dirname(nodeTypes)],
    types: ['node'],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.mts'] }))
  // The oldest that the types are promised for, and ours.
  for (const compiler of ['typescript-5.4', 'typescript'].map((name) => bin(name, 'bin/tsc'))) {
    const { stdout } = run(process.execPath, [compiler, '--version'], {
      stdio: 'pipe',
      encoding: 'utf8',
    })
    console.log(`\nTypes with TypeScript ${stdout.trim()}:`)
    node([compiler, '-p', '.'], { cwd: project })
    node(['typed.mjs'], { cwd: project })
  }
}

/** Every example of README and guide, with the installed tarball instead of this folder. */
function followGuide(tarball) {
  console.log('\nThe README and the guide, word for word:')
  const project = install('guide', tarball)
  const tests = ['test/docs/blocks.test.ts', 'test/docs/suites.test.ts']
  node([bin('vitest', 'vitest.mjs'), 'run', '--silent', '--reporter', 'dot', ...tests], {
    env: { NODE_PVXS_INSTALLED: join(project, 'node_modules/node-pvxs') },
  })
}

/** What an import says when the addon does not load. */
function failureOf(project, env) {
  const script = `import('node-pvxs').then(({ version }) => version()).then(() => process.exit(9), (error) => console.log(error.message))`
  return run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  }).stdout
}

/** A command that has no network, where this system lets us make one. */
function withoutNetwork() {
  const cut = ['unshare', '--user', '--map-root-user', '--net']
  if (spawnSync(cut[0], [...cut.slice(1), 'true']).status === 0) return cut
  console.log(
    'this system has no network namespaces to take the network away with; npm is offline all the same',
  )
  return []
}

/** The two commands of the loader's message, letter by letter, where there is no binary, no Python and no network. */
function buildFromSource(tarball) {
  console.log('\nBuild from source:')
  // Once with the network, into npm's cache.
  run('npm', ['install', '--silent', '--save-dev', 'cmake-js', 'node-addon-api'], {
    cwd: install('source', tarball),
  })
  const project = install('source', tarball)
  rmSync(join(project, 'node_modules/node-pvxs/prebuilds'), { recursive: true })
  const message = failureOf(project)
  console.log(message)
  const commands = message.split('\n').filter((line) => /^ {2}np[mx] /.test(line))
  if (commands.length !== 2) throw new Failure('the message of the loader does not name two commands')
  const env = { PATH: pathWithoutPython(), npm_config_offline: 'true' }
  if (spawnSync('python3', { env }).error?.code !== 'ENOENT') throw new Failure('there is still a Python')
  const cut = withoutNetwork()
  for (const command of commands) {
    const [program, ...args] = [...cut, 'sh', '-c', command.trim()]
    if (cut.length > 0) run(program, args, { cwd: project, env })
    else run(command.trim(), [], { cwd: project, env, shell: true })
  }
  node(['smoke.mjs'], { cwd: project })
}

function packNow() {
  needBinary()
  const packed = buildAndPack(cache)
  console.log(`${basename(packed.file)}: ${sizeText(packed)}`)
  return packed.file
}

rmSync(cache, { recursive: true, force: true })
const { values } = parseArgs({ options: { tarball: { type: 'string' }, 'no-source': { type: 'boolean' } } })
const tarball = values.tarball ? resolve(values.tarball) : packNow()
lintPackage(tarball)
usePrebuilt(tarball)
usePnpm(tarball)
useTypes(tarball)
followGuide(tarball)
if (!values['no-source']) buildFromSource(tarball)
console.log('\ntest:package: all passed')
