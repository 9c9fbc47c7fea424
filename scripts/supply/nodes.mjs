// Node executables of other versions and platforms, from the packages that npm has of them, kept under .cache/.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, run } from '../project.mjs'

/** The Node lines that this package is tested on. */
export const lines = [20, 22, 24, 26]

/** @returns path and version of Node `line` for a platform ('linux', 'darwin', 'win') and architecture */
export function nodeFor(line, platform, arch) {
  const name = `node-${platform}-${arch}`
  const folder = join(root, '.cache/nodes', `${name}-${line}`)
  if (!existsSync(folder)) download(`${name}@${line}`, folder)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { file: join(folder, 'bin', platform === 'win' ? 'node.exe' : 'node'), version }
}

function download(what, folder) {
  mkdirSync(dirname(folder), { recursive: true })
  const work = mkdtempSync(`${folder}.`)
  try {
    // pack, not install: a package for another platform cannot be installed here
    run('npm', ['pack', '--silent', '--ignore-scripts', what], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [archive] = readdirSync(work)
    run('tar', ['-xzf', archive], { cwd: work })
    renameSync(join(work, 'package'), folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
