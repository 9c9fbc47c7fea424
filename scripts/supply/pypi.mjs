// Tools that PyPI has as wheels, each in a virtual environment of its own under .cache/.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from '../project.mjs'

/** Executable `path` inside the Python package `module` of `requirement`, installed first when it is not there. */
function tool(requirement, module, path) {
  const folder = join(root, '.cache/pypi', requirement.replace('==', '-'))
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const locate = `import ${module}, os; print(os.path.join(os.path.dirname(${module}.__file__), '${path}'))`
  const ask = () => run(python, ['-c', locate], { stdio: 'pipe', encoding: 'utf8' }).stdout.trim()
  // Written by the last step: an environment without it was left half-made.
  const executable = existsSync(python) && existsSync(join(folder, 'complete')) ? ask() : undefined
  if (executable) return executable
  run(process.env.PVXS_PYTHON ?? 'python3', ['-m', 'venv', '--clear', folder], {
    hint: `${requirement} is installed with python3 and its venv module (Debian, Ubuntu: apt install python3-venv).`,
  })
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement])
  writeFileSync(join(folder, 'complete'), '')
  return ask()
}

/** The zig toolchain: a C++ compiler for every target. */
export const zigExecutable = () => tool('ziglang==0.17.0', 'ziglang', 'zig')

export const clangFormat = () => tool('clang-format==19.1.7', 'clang_format', 'data/bin/clang-format')
