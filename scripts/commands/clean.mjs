// npm run clean: everything that npm run build makes. With --all also what was downloaded.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../project.mjs'

const built = ['build', 'dist', 'prebuilds', 'docs/api']
const downloaded = ['third_party', '.cache']
for (const folder of process.argv.includes('--all') ? [...built, ...downloaded] : built) {
  rmSync(join(root, folder), { recursive: true, force: true })
}
