// The zig toolchain: a package of PyPI in a virtual environment under .cache/.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, root, run } from '../project.mjs'

const version = '0.17.0'

/** Path of the zig executable, installed first when it is not there. */
export function zigExecutable() {
  const folder = join(root, '.cache', `zig-${version}`)
  const python = join(folder, 'bin/python')
  const ask = () =>
    spawnSync(python, ['-c', 'import ziglang, os; print(os.path.dirname(ziglang.__file__))'], {
      encoding: 'utf8',
    })
  if (!existsSync(python) || ask().status !== 0) {
    run(process.env.PVXS_PYTHON ?? 'python3', ['-m', 'venv', folder], {
      hint: 'prebuilds need a python3 with its venv module (Debian, Ubuntu: apt install python3-venv).',
    })
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ziglang==${version}`])
  }
  const found = ask()
  if (found.status !== 0) throw new Failure(`ziglang is not in ${folder}: ${found.stderr}`)
  return join(found.stdout.trim(), 'zig')
}
