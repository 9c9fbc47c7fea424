import { quote } from '../input/quote.js'
import { about, InvalidArgumentError } from '../errors.js'
import { pvName } from '../input/names.js'
import { environment, type Environment } from '../native/index.js'
import { bad, callback, readOptions, type Check } from '../input/options.js'
import type { ChannelInfo } from './caller.js'
import { dispatcher, type SourceTarget } from './dispatcher.js'
import { checkPv, coreOf, pvsByName, type AnyPV } from './shared-pv.js'

const forgotten = new FinalizationRegistry<{ env: Environment; id: number }>(({ env, id }) => {
  dispatcher().sources.delete(id)
  env.addon.sourceFree(id)
})

/** What a server asks of a source. */
export interface SourceHandle {
  readonly id: number
  /** It is, or ceases to be, part of a server that runs. */
  served(on: boolean): void
}

let handleOf: (source: StaticSource | DynamicSource) => SourceHandle
/** What a server does with its own source; an error names the server's method. */
export let addPV: (source: StaticSource, name: string, pv: AnyPV, op: string) => void
export let removePV: (source: StaticSource, name: string, op: string) => void

/**
 * Named PVs that are added and removed by hand. May be given to several servers.
 *
 * @example
 * const source = new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32'), 1) })
 * server.addSource('shared', source)
 * source.add('lab:b', SharedPV.mailbox(new NTScalar('int32'), 2))
 * const got = (await ctx.get('lab:b')).value // → 2
 */
export class StaticSource {
  readonly #env: Environment = environment()
  readonly #id: number = this.#env.newId()
  readonly #pvs = new Map<string, AnyPV>()

  static {
    handleOf = (source) =>
      source instanceof StaticSource ? { id: source.#id, served: () => undefined } : dynamicHandle(source)
    addPV = (source, name, pv, op) => source.#add(name, pv, op)
    removePV = (source, name, op) => source.#remove(name, op)
  }

  /** @throws {@link InvalidArgumentError} for a bad name, or what is not a SharedPV */
  constructor(pvs?: Readonly<Record<string, AnyPV>>) {
    const op = 'StaticSource'
    const given = pvs === undefined ? [] : about({ op }, () => pvsByName(pvs, 'pvs'))
    this.#env.watchExit()
    this.#env.addon.sourceNew(this.#id, false)
    forgotten.register(this, { env: this.#env, id: this.#id })
    for (const [name, pv] of given) this.#add(name, pv, op)
  }

  /**
   * Serves a PV under a name, from now on.
   *
   * @throws {@link InvalidArgumentError} when the name is taken
   * @example
   * new StaticSource().add('lab:a', SharedPV.mailbox(new NTScalar('int32'))).names() // → ['lab:a']
   */
  add(name: string, pv: AnyPV): this {
    return this.#add(name, pv, 'add')
  }

  #add(name: string, pv: AnyPV, op: string): this {
    const checked = pvName(name, op)
    const { id } = about({ pv: checked }, () => checkPv(pv, op))
    if (!this.#env.addon.sourceAdd(this.#id, checked, id)) {
      throw new InvalidArgumentError(`there is a PV ${quote(checked)} already`, { op, pv: checked })
    }
    this.#pvs.set(checked, pv)
    return this
  }

  /**
   * Takes a name away and closes its PV. Does nothing when it is not there.
   *
   * @example
   * const source = new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32')) })
   * source.remove('lab:a').names() // → []
   */
  remove(name: string): this {
    return this.#remove(name, 'remove')
  }

  #remove(name: string, op: string): this {
    const checked = pvName(name, op)
    const pv = this.#pvs.get(checked)
    if (pv === undefined) return this
    this.#pvs.delete(checked)
    this.#env.addon.sourceRemove(this.#id, checked)
    coreOf(pv).closed()
    return this
  }

  /**
   * The names there are, in the order in which they came.
   *
   * @example
   * new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32')) }).names() // → ['lab:a']
   */
  names(): string[] {
    return [...this.#pvs.keys()]
  }

  /**
   * Removes all names.
   *
   * @example
   * const source = new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32')) })
   * source.close()
   * source.names() // → []
   */
  close(): void {
    for (const name of this.names()) this.remove(name)
  }
}

/**
 * What a {@link DynamicSource} is made of.
 *
 * @example
 * const source = new DynamicSource({
 *   match: [/^user:/],
 *   names: () => ['user:anna', 'user:otto'],
 *   async create(name, { account, peer }) {
 *     console.log(`${account} at ${peer} asks for ${name}`)
 *     return name.endsWith(':root') ? null : SharedPV.mailbox(new NTScalar('string'))
 *   },
 * })
 * server.addSource('users', source)
 * await ctx.put('user:anna', 'hello')
 */
export interface DynamicSourceOptions {
  /**
   * The names this source claims: exact ones, and patterns (flags `i` or none) that match anywhere in a name. They are matched
   * natively, in time that grows with the name only: a pattern that refers back (`\1`) is refused.
   */
  readonly match: readonly (string | RegExp)[]
  /** Called for each channel a client opens to a name claimed: its PV, or null to refuse. What it throws refuses too. */
  readonly create: (
    name: string,
    channel: ChannelInfo,
  ) => AnyPV | null | undefined | Promise<AnyPV | null | undefined>
  /** The names told to clients that ask for a list. */
  readonly names?: (() => readonly string[]) | undefined
}

const matches: Check<(string | RegExp)[]> = (value, name) => {
  if (!Array.isArray(value)) throw bad(name, 'an array of names and patterns', value)
  return Array.from(value as readonly unknown[], (item) => {
    if (!(item instanceof RegExp)) return pvName(item, 'DynamicSource')
    if (item.flags === '' || item.flags === 'i') return item
    throw new InvalidArgumentError(`option "match": the pattern ${String(item)} has flags other than i`)
  })
}

const checks = { match: matches, create: callback, names: callback }
const REFRESH = 1_000 // ms between two looks at names()

let dynamicHandle: (source: DynamicSource) => SourceHandle

/**
 * Makes PVs when clients ask for them. Which names it claims is answered at once from `match`; `create` runs when a client
 * opens the channel, and may be async. A PV lives at least as long as the channels to it.
 *
 * @example
 * server.addSource(
 *   'sims',
 *   new DynamicSource({ match: [/^sim:/], create: () => SharedPV.mailbox(new NTScalar('float64'), 1) }),
 * )
 * const got = (await ctx.get('sim:any:name')).value // → 1
 */
export class DynamicSource {
  readonly #env: Environment = environment()
  readonly #id: number = this.#env.newId()
  readonly #core: DynamicCore

  static {
    dynamicHandle = (source) => ({ id: source.#id, served: (on) => source.#core.served(on) })
  }

  /** @throws {@link InvalidArgumentError} for a bad option, also a pattern that cannot be used natively */
  constructor(options: DynamicSourceOptions) {
    const { match, create, names } = readOptions(options, checks, 'DynamicSource')
    if (match === undefined || create === undefined) {
      throw new InvalidArgumentError('a DynamicSource needs the options match and create', {
        op: 'DynamicSource',
      })
    }
    this.#env.watchExit()
    const { addon } = this.#env
    addon.sourceNew(this.#id, true)
    forgotten.register(this, { env: this.#env, id: this.#id })
    const patterns = match.filter((item) => item instanceof RegExp)
    try {
      addon.sourceMatch(
        this.#id,
        match.filter((item) => typeof item === 'string'),
        patterns.map(({ source }) => source),
        patterns.map(({ flags }) => flags),
      )
    } catch (cause) {
      throw new InvalidArgumentError(`option "match": ${(cause as Error).message}`, {
        op: 'DynamicSource',
        cause,
      })
    }
    this.#core = new DynamicCore(
      this.#env,
      this.#id,
      create as DynamicSourceOptions['create'],
      names as () => readonly string[],
    )
    dispatcher().sources.set(this.#id, new WeakRef<SourceTarget>(this.#core))
  }

  /**
   * Asks `names` again; it is asked every second anyway while a server runs.
   *
   * @example
   * const names = ['dyn:a']
   * const source = new DynamicSource({ match: [/^dyn:/], create: () => null, names: () => names })
   * names.push('dyn:b')
   * source.refresh()
   */
  refresh(): this {
    this.#core.refresh()
    return this
  }
}

class DynamicCore implements SourceTarget {
  readonly #env: Environment
  readonly #id: number
  readonly #make: DynamicSourceOptions['create']
  readonly #names: (() => readonly string[]) | undefined
  #servers = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    env: Environment,
    id: number,
    make: DynamicSourceOptions['create'],
    names: (() => readonly string[]) | undefined,
  ) {
    this.#env = env
    this.#id = id
    this.#make = make
    this.#names = names
  }

  served(on: boolean): void {
    this.#servers += on ? 1 : -1
    if (this.#names === undefined) return
    clearInterval(this.#timer)
    if (this.#servers === 0) return
    this.refresh()
    this.#timer = setInterval(() => this.refresh(), REFRESH).unref()
  }

  refresh(): void {
    if (this.#names === undefined) return
    try {
      const names = Array.from(this.#names(), (name) => pvName(name, 'names'))
      this.#env.addon.sourceNames(this.#id, names)
    } catch (error) {
      this.#env.fatal(error)
    }
  }

  create(channel: number, info: ChannelInfo): void {
    try {
      const made = this.#make(info.name, info)
      if (made instanceof Promise)
        made.then((pv) => this.#attach(channel, pv)).catch((error: unknown) => this.#refuse(channel, error))
      else this.#attach(channel, made)
    } catch (error) {
      this.#refuse(channel, error)
    }
  }

  #attach(channel: number, pv: AnyPV | null | undefined): void {
    if (pv === null || pv === undefined) {
      this.#env.addon.channelAttach(channel, 0)
      return
    }
    const core = checkPv(pv, 'create')
    dispatcher().holdBriefly(core)
    this.#env.addon.channelAttach(channel, core.id)
  }

  #refuse(channel: number, error: unknown): void {
    this.#env.addon.channelAttach(channel, 0)
    this.#env.fatal(error)
  }
}

/** What a server needs of a source. */
export function sourceHandle(source: unknown, op: string): SourceHandle {
  if (source instanceof StaticSource || source instanceof DynamicSource) return handleOf(source)
  throw new InvalidArgumentError('a StaticSource or a DynamicSource is wanted', { op })
}
