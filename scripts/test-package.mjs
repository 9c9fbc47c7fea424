// npm run test:package: packs, installs the tarball into empty projects, and uses it there as a stranger would.
//   npm run test:package -- --no-source     without the build from source, which takes minutes
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync, cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from './build.mjs'
import { lines, nodeFor } from './nodes.mjs'
import { fileOf, targets } from './prebuild/targets.mjs'
import { Failure, bin, node, root, run } from './project.mjs'

const cache = join(root, '.cache/package')
const projects = join(cache, 'projects')
const own = join(root, 'test/package')
/** The oldest TypeScript that the types are promised for. */
const OLDEST_TYPESCRIPT = '5.4'

function pack() {
  const host = targets.find(({ platform, arch, libc }) => {
    return platform === process.platform && arch === process.arch && libc !== 'musl'
  })
  if (!host)
    throw new Failure(`there is no prebuilt target for ${process.platform}-${process.arch} to test with`)
  if (!existsSync(fileOf(host))) node(['scripts/prebuild.mjs', host.name])
  build(['ts'])
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(projects, { recursive: true })
  run(process.execPath, [join(root, 'scripts/package/prepare.mjs')])
  run('npm', ['pack', '--silent', '--pack-destination', cache])
  return join(
    cache,
    readdirSync(cache).find((name) => name.endsWith('.tgz')),
  )
}

/** publint and attw ask what a resolver and a compiler will make of the package. */
function lintPackage(tarball) {
  node([bin('publint', 'src/cli.js'), tarball, '--strict'])
  node([bin('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--profile', 'esm-only'])
}

/** A folder with nothing on PATH but the commands of this Node: no compiler, no cmake, no python. */
function barePath(name, executable) {
  const folder = join(cache, 'bin', name)
  mkdirSync(folder, { recursive: true })
  symlinkSync(executable, join(folder, 'node'))
  return folder
}

const npmCli = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')

function install(project, tarball, executable, path) {
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  const npm = process.env.npm_execpath ?? npmCli
  run(executable, [npm, 'install', '--silent', '--no-audit', '--no-fund', tarball], {
    cwd: project,
    env: { PATH: path },
  })
  cpSync(own, project, { recursive: true })
}

function usePrebuilt(tarball) {
  for (const line of lines) {
    const { file, version } = nodeFor(
      line,
      process.platform === 'win32' ? 'win' : process.platform,
      process.arch,
    )
    const project = join(projects, `node-${line}`)
    const path = barePath(`node-${line}`, file)
    console.log(`\nNode ${version}, PATH without compiler, cmake and python:`)
    install(project, tarball, file, path)
    for (const script of ['smoke.mjs', 'required.cjs'])
      run(file, [script], { cwd: project, env: { PATH: path } })
  }
}

function useTypes(tarball) {
  const project = join(projects, 'types')
  install(project, tarball, process.execPath, process.env.PATH)
  const old = join(cache, 'typescript')
  run('npm', ['install', '--silent', '--prefix', old, `typescript@${OLDEST_TYPESCRIPT}`, '@types/node@20'])
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2023', 'esnext.disposable'],
    typeRoots: [join(old, 'node_modules/@types')],
    types: ['node'],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.mts'] }))
  for (const compiler of [join(old, 'node_modules/typescript'), dirname(bin('typescript', 'package.json'))]) {
    console.log(`\nTypes with the TypeScript in ${compiler}:`)
    run(process.execPath, [join(compiler, 'bin/tsc'), '-p', '.'], { cwd: project })
    run(process.execPath, ['typed.mjs'], { cwd: project })
  }
}

/** The two commands that the loader's message names, where there is no binary; without python and network sources. */
function buildFromSource(tarball) {
  console.log('\nBuild from source:')
  const project = join(projects, 'source')
  install(project, tarball, process.execPath, process.env.PATH)
  const installed = join(project, 'node_modules/node-pvxs')
  rmSync(join(installed, 'prebuilds'), { recursive: true })
  run('npm', ['install', '--silent', '--save-dev', 'cmake-js', 'node-addon-api'], { cwd: project })
  const noPython = { PVXS_PYTHON: '/nonexistent' }
  run('npx', ['cmake-js', 'compile', '-l', 'warn', '-d', 'node_modules/node-pvxs'], {
    cwd: project,
    env: noPython,
  })
  run(process.execPath, ['smoke.mjs'], { cwd: project })
}

const tarball = pack()
lintPackage(tarball)
usePrebuilt(tarball)
useTypes(tarball)
if (!process.argv.includes('--no-source')) buildFromSource(tarball)
console.log('\ntest:package: all passed')
