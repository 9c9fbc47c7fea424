import { InvalidArgumentError } from '../errors.js'
import { bad, callback, type Check, isThenable, pvName, quote, readOptions } from '../input/index.js'
import type { ChannelInfo } from './caller.js'
import { dispatcher, type SourceTarget } from './dispatcher.js'
import { logFailure } from './handler-failure.js'
import { servedName } from './served-name.js'
import { checkPv, type AnyPV } from './shared-pv.js'
import { SourceCore } from './source-core.js'

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
   * natively, in time that grows with the name only: a pattern that refers back (`\1`) is refused. No source is asked for
   * `server`, which every server has for itself.
   */
  readonly match: readonly (string | RegExp)[]
  /**
   * Called for each channel a client opens to a name claimed: its PV, or null to refuse. What it throws refuses too, and is logged
   * at level error with its stack, unless it is a {@link RemoteError}.
   */
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
    if (!(item instanceof RegExp)) return servedName(item, 'DynamicSource')
    if (item.flags === '' || item.flags === 'i') return item
    throw new InvalidArgumentError(`option "match": the pattern ${String(item)} has flags other than i`)
  })
}

const checks = { match: matches, create: callback, names: callback }
const REFRESH = 1_000 // ms between two looks at names()

/** The inside of a {@link DynamicSource}. */
class DynamicSourceCore extends SourceCore implements SourceTarget {
  readonly #create: DynamicSourceOptions['create']
  readonly #names: DynamicSourceOptions['names']
  #servers = 0
  #timer: NodeJS.Timeout | undefined

  constructor({ match, create, names }: DynamicSourceOptions) {
    super(true)
    this.#create = create
    this.#names = names
    const patterns = match.filter((item) => item instanceof RegExp)
    try {
      this.env.addon.sourceMatch(
        this.id,
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
    dispatcher().sources.set(this.id, new WeakRef<SourceTarget>(this))
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
      this.env.addon.sourceNames(this.id, names)
    } catch (error) {
      this.env.fatal(error)
    }
  }

  create(channel: number, info: ChannelInfo): void {
    try {
      const made = this.#create(info.name, info)
      if (isThenable(made))
        Promise.resolve(made)
          .then((pv) => this.#attach(channel, pv))
          .catch((error: unknown) => this.#refuse(channel, info.name, error))
      else this.#attach(channel, made)
    } catch (error) {
      this.#refuse(channel, info.name, error)
    }
  }

  #attach(channel: number, pv: AnyPV | null | undefined): void {
    if (pv === null || pv === undefined) {
      this.env.addon.channelAttach(channel, 0)
      return
    }
    const core = checkPv(pv, 'create')
    dispatcher().holdBriefly(core)
    this.env.addon.channelAttach(channel, core.id)
  }

  #refuse(channel: number, name: string, error: unknown): void {
    this.env.addon.channelAttach(channel, 0)
    // Not an uncaughtException: a client that names such a PV would end the server.
    logFailure(`create of a DynamicSource refused ${quote(name)}: it failed`, error)
  }
}

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
  readonly #core: DynamicSourceCore

  /** @throws {@link InvalidArgumentError} for a bad option, also a pattern that cannot be used natively */
  constructor(options: DynamicSourceOptions) {
    const { match, create, names } = readOptions(options, checks, 'DynamicSource')
    if (match === undefined || create === undefined) {
      throw new InvalidArgumentError('a DynamicSource needs the options match and create', {
        op: 'DynamicSource',
      })
    }
    this.#core = new DynamicSourceCore({ match, create, names } as unknown as DynamicSourceOptions)
  }

  /** @internal */
  static coreOf(source: DynamicSource): DynamicSourceCore {
    return source.#core
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
