import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The version of this package, without loading anything of it. */
export function ownVersion(): string {
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >
      if (name === 'node-pvxs' && version !== undefined) return version
    } catch {
      // no package.json here: it is further up
    }
  }
  throw new Error('package.json of node-pvxs is not found')
}
