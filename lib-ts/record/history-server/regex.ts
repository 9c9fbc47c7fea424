// Regular expressions of clients: one that explodes is ended.
import { createContext, Script } from 'node:vm'
import { quote } from '../../input/index.js'
import { QueryFault } from './fault.js'

const LONGEST = 1_000
const LIMIT = 250 // ms of one request
const script = new Script('names.filter((name) => regex.test(name))')

/** Names that match, in the course of one request. */
export class NameFilter {
  readonly #source: string
  readonly #regex: RegExp
  #left = LIMIT

  /** @throws QueryFault that names the argument */
  constructor(source: unknown) {
    if (typeof source !== 'string' || source.length > LONGEST)
      throw new QueryFault(
        `"regex" is a regular expression of ${LONGEST} characters at most, not ${quote(source)}`,
      )
    this.#source = source
    try {
      this.#regex = new RegExp(source)
    } catch (error) {
      throw new QueryFault(`"regex" is not a regular expression: ${(error as Error).message}`)
    }
  }

  /** @throws QueryFault when it needs too long */
  of(names: readonly string[]): string[] {
    const start = performance.now()
    try {
      // Only a script can be ended in the middle of a match.
      const context = createContext({ names, regex: this.#regex })
      return Array.from(
        script.runInContext(context, { timeout: Math.max(1, Math.ceil(this.#left)) }) as string[],
      )
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      throw new QueryFault(`"regex" ${quote(this.#source)} takes more than ${LIMIT} ms`)
    } finally {
      this.#left -= performance.now() - start
    }
  }
}
