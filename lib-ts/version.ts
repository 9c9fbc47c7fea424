import { createRequire } from 'node:module'
import { environment } from './native/index.js'

export interface Versions {
  readonly package: string
  readonly pvxs: string
  readonly epicsBase: string
  readonly libevent: string
  readonly nodeApi: number
}

/** The versions of this package and of what is inside its addon. */
export function version(): Versions {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string }
  return { package: version, ...environment().addon.versions }
}
