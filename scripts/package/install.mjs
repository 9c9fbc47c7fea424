// Installs the tarball as a stranger would: into an empty project, with a PATH that has only what is allowed.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root, run } from '../project.mjs'

export const cache = join(root, '.cache/package')
const npmCli =
  process.env.npm_execpath ?? join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')

/** A folder with `node`, and nothing else: no compiler, no cmake, no python, no shell. */
export function barePath(name, executable) {
  const folder = join(cache, 'bin', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  symlinkSync(executable, join(folder, process.platform === 'win32' ? 'node.exe' : 'node'))
  return folder
}

/** A folder with every command of this PATH but Python and its pip. */
export function pathWithoutPython() {
  const folder = join(cache, 'bin', 'no-python')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of process.env.PATH.split(delimiter).filter((part) => existsSync(part))) {
    for (const name of readdirSync(part)) {
      if (/^(python|pip|pyenv|py$)/.test(name) || existsSync(join(folder, name))) continue
      rmSync(join(folder, name), { force: true })
      symlinkSync(join(part, name), join(folder, name))
    }
  }
  return folder
}

/** A project with the tarball installed and our test programs in it. */
export function install(
  name,
  tarball,
  { executable = process.execPath, path, npm = npmCli, flags = [] } = {},
) {
  const project = join(cache, 'projects', name)
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  run(executable, [npm, 'install', '--silent', '--no-audit', '--no-fund', ...flags, tarball], {
    cwd: project,
    env: path === undefined ? {} : { PATH: path },
  })
  cpSync(join(root, 'test/package/project'), project, { recursive: true })
  return project
}

/** A tool of npm that is no dependency of ours, at this version, kept under .cache/. */
export function npmTool(name, version, program) {
  const folder = join(root, '.cache/npm', `${name.replace('/', '-')}-${version}`)
  const file = join(folder, 'node_modules', name, program)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`], {
      shell: process.platform === 'win32',
    })
  }
  return file
}
