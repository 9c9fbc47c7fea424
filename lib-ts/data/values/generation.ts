import { isFieldName } from '../../input/index.js'

/**
 * Whether functions may be made from text. They may not under a strict content security policy, or with
 * `--disallow-code-generation-from-strings`. Probed once; tests switch it off to reach the other paths.
 */
export const generation = { allowed: probe() }

/**
 * Makes a function of these parameters.
 *
 * Names from the network may stand in its text only as quoted property keys, and only when they pass
 * {@link isSafeName}.
 */
export function generate(parameters: readonly string[], body: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- three times as fast; see above
  return new Function(...parameters, body)
}

/** Whether a member's name may stand, quoted, in generated code: `__proto__` and `constructor` mean something there. */
export function isSafeName(name: string): boolean {
  return isFieldName(name) && name !== '__proto__' && name !== 'constructor'
}

function probe(): boolean {
  try {
    return (generate(['x'], 'return x') as (x: boolean) => boolean)(true)
  } catch {
    return false
  }
}
