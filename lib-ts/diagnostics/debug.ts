import { replacedCharacters } from '../data/index.js'
import { environmentIfLoaded, type Environment } from '../native/index.js'

/**
 * For tests and bug reports.
 *
 * @example
 * const leaked = Object.entries(debug.counts()).filter(([, count]) => count > 0)
 */
export const debug = {
  /**
   * Live native objects by class; all zero when everything is closed. Nothing is loaded by asking.
   *
   * @example
   * console.log(debug.counts()) // { Context: 1, … }
   */
  counts(): Record<string, number> {
    return living()?.addon.counts() ?? {}
  },
  /**
   * PVXS's own counts of live objects by class.
   *
   * @example
   * console.log(debug.instances())
   */
  instances(): Record<string, number> {
    return living()?.addon.instances() ?? {}
  },
  /**
   * How many times bytes that are not UTF-8 were read as U+FFFD in this environment.
   *
   * @example
   * console.log(debug.replacedCharacters()) // 0
   */
  replacedCharacters,
} as const

// When the process exits nothing is left, and nobody to ask.
function living(): Environment | undefined {
  const env = environmentIfLoaded()
  return env?.ended === true ? undefined : env
}
