// clang-format over our own C and C++ files: with --check it changes nothing and fails where it would.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { clangFormat } from '../supply/pypi.mjs'
import { Failure, root, run } from '../project.mjs'

const files = ['src', 'binding', 'test/core', 'bench/native', 'cmake']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, file)))
  .filter((file) => /\.(cpp|h|c)$/.test(file))
if (files.length === 0) throw new Failure('no C++ files found')
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i']
run(clangFormat(), [...mode, ...files], {
  hint: 'clang-format would change files (see above). Run: npm run format',
})
