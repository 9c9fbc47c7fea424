// Digital sets by what is in them.
import { createHash } from 'node:crypto'
import { PiHttpError } from '../errors.js'
import type { CallOptions } from '../options.js'
import type { Controllers } from '../table/tree.js'
import { tagOf } from './tags.js'

type Api = Pick<Controllers, 'dataservers' | 'enumerationsets'>

interface Known {
  readonly webId: string
  readonly name: string
  readonly states: readonly string[]
}

/** The sets of data servers; each is read once. */
export class DigitalSets {
  readonly #api: Api
  readonly #read = new Map<string, Promise<readonly Known[]>>()
  readonly #named = new Map<string, Promise<string>>()

  constructor(api: Api) {
    this.#api = api
  }

  /** The name of a set with these states; it is made when there is none. Who asks meanwhile waits for the same one. */
  named(server: string, choices: readonly string[], call: CallOptions): Promise<string> {
    const states = statesOf(choices)
    const key = JSON.stringify([server, states])
    let named = this.#named.get(key)
    if (named === undefined) {
      named = this.#findOrMake(server, states, call)
      named.catch(() => this.#named.delete(key))
      this.#named.set(key, named)
    }
    return named
  }

  /** What is known may not hold any more. */
  forget(): void {
    this.#read.clear()
    this.#named.clear()
  }

  async #findOrMake(server: string, states: readonly string[], call: CallOptions): Promise<string> {
    const equal = (await this.#sets(server, call)).find((set) => same(set.states, states))
    if (equal !== undefined) return equal.name
    const own = nameOf(states)
    for (let n = 1; ; n++) {
      const name = n === 1 ? own : `${own}_${n}`
      const made = await this.#make(server, name, states, call)
      if (made) return name
    }
  }

  /** False when there is a set of that name with other states. */
  async #make(server: string, name: string, states: readonly string[], call: CallOptions): Promise<boolean> {
    const { dataservers, enumerationsets } = this.#api
    const there = (sets: readonly Known[]): Known | undefined =>
      sets.find((set) => set.name.toUpperCase() === name.toUpperCase())
    let set = there(await this.#sets(server, call))
    if (set === undefined) {
      try {
        const body = { Name: name, Description: 'States of an EPICS enum' }
        const { webId } = await dataservers.createEnumerationSet(
          { webId: server, body, webIdType: 'IDOnly' },
          call,
        )
        if (webId !== undefined) set = { webId, name, states: [] }
      } catch (error) {
        // Somebody else may have made it meanwhile.
        if (!(error instanceof PiHttpError) || error.retryable) throw error
        this.#read.delete(server)
        set = there(await this.#sets(server, call))
        if (set === undefined) throw error
      }
      this.#read.delete(server)
      set ??= there(await this.#sets(server, call))
      if (set === undefined) return false
    }
    // One that was left unfinished goes on where it was.
    if (!same(set.states, states.slice(0, set.states.length))) return false
    for (let value = set.states.length; value < states.length; value++) {
      const body = { Name: states[value] as string, Value: value }
      await enumerationsets.createValue({ webId: set.webId, body }, call)
    }
    this.#read.delete(server)
    return true
  }

  #sets(server: string, call: CallOptions): Promise<readonly Known[]> {
    let sets = this.#read.get(server)
    if (sets === undefined) {
      sets = this.#readAll(server, call)
      sets.catch(() => this.#read.delete(server))
      this.#read.set(server, sets)
    }
    return sets
  }

  async #readAll(server: string, call: CallOptions): Promise<readonly Known[]> {
    const { dataservers, enumerationsets } = this.#api
    const { Items } = await dataservers.getEnumerationSets({ webId: server, webIdType: 'IDOnly' }, call)
    const known: Known[] = []
    for (const { WebId: webId, Name: name } of Items) {
      const { Items: values } = await enumerationsets.getValues({ webId }, call)
      const states: string[] = []
      for (const { Value, Name } of values) states[Value] = Name
      known.push({ webId, name, states })
    }
    return known
  }
}

/** Texts that PI can tell apart: it takes no state without a name, and none twice. */
function statesOf(choices: readonly string[]): string[] {
  const taken = new Set<string>()
  return choices.map((choice, i) => {
    let state = choice.trim() === '' ? `${i}` : choice
    while (taken.has(state.toUpperCase())) state = `${state} (${i})`
    taken.add(state.toUpperCase())
    return state
  })
}

/** The same for the same states, wherever they come from. */
function nameOf(states: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 8)
  return `${tagOf(states.join('_')).slice(0, 40)}_${hash}`
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((state, i) => a[i] === state)
}
