import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, packageRoot } from '../native/index.js'

/** What {@link version} tells: texts such as `1.5.3`, and the version of Node-API that the addon was built for. */
export interface Versions {
  readonly package: string
  readonly pvxs: string
  readonly epicsBase: string
  readonly libevent: string
  readonly nodeApi: number
}

/**
 * The versions of this package and of what is inside its addon.
 *
 * @example
 * const { package: own, pvxs, nodeApi } = version()
 * console.log(`node-pvxs ${own} with PVXS ${pvxs}, Node-API ${nodeApi}`)
 */
export function version(): Versions {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  return { package: version, ...environment().addon.versions }
}
