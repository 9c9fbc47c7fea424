import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, packageRoot } from './native/index.js'

export interface Versions {
  readonly package: string
  readonly pvxs: string
  readonly epicsBase: string
  readonly libevent: string
  readonly nodeApi: number
}

/** The versions of this package and of what is inside its addon. */
export function version(): Versions {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  return { package: version, ...environment().addon.versions }
}
