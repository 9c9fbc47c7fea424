import { bad, quote, type Check } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'

/** Which PVs: `*` stands for any text, `?` for one character; a leading `!` takes away. The last that matches decides. */
export type Patterns = readonly (string | RegExp)[]

/** Whether a name is meant. */
export type Matcher = (name: string) => boolean

/** No PV at all. */
export const nothing: Matcher = () => false

interface Rule {
  readonly test: (name: string) => boolean
  readonly grants: boolean
}

/** @throws InvalidArgumentError for what is not a list of patterns */
export function matcher(patterns: unknown, option: string): Matcher {
  if (!Array.isArray(patterns)) throw bad(option, 'a list of patterns', patterns)
  const rules = (patterns as readonly unknown[]).map((pattern) => ruleOf(pattern, option))
  if (!rules.some(({ grants }) => grants)) return nothing
  return (name) => rules.findLast(({ test }) => test(name))?.grants ?? false
}

export const patternsCheck: Check<Patterns> = (value, name) => {
  matcher(value, name)
  return value as Patterns
}

function ruleOf(pattern: unknown, option: string): Rule {
  if (pattern instanceof RegExp) {
    if (pattern.global || pattern.sticky)
      throw new InvalidArgumentError(
        `option "${option}": ${String(pattern)} remembers where it ended; write it without the flags g and y`,
      )
    return { test: (name) => pattern.test(name), grants: true }
  }
  if (typeof pattern !== 'string' || pattern === '' || pattern === '!')
    throw new InvalidArgumentError(`option "${option}" holds ${quote(pattern)}, which is not a pattern`)
  const grants = !pattern.startsWith('!')
  const glob = grants ? pattern : pattern.slice(1)
  return { test: (name) => matches(glob, name), grants }
}

/** Compares without backtracking into what an earlier `*` took: no pattern takes longer than its length times the name's. */
export function matches(glob: string, name: string): boolean {
  let g = 0
  let n = 0
  let star = -1
  let from = 0
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++
      from = n
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === name[n])) {
      g++
      n++
    } else if (star >= 0) {
      g = star + 1
      n = ++from
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}
