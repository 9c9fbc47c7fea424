import { constants } from 'node:os'
import { about, InvalidArgumentError } from '../errors.js'
import {
  bad,
  type Check,
  INSPECT,
  type Inspect,
  integer,
  list,
  quote,
  readOptions,
  shown,
  text,
} from '../input/index.js'
import { serverConfig, type EffectiveServerOptions, type ServerOptions } from './config.js'
import { DynamicSource } from './dynamic-source.js'
import { ServerCore, type ClientConfig, type ServedSource, type ServerStats } from './server-core.js'
import type { AnyPV } from './shared-pv.js'
import { StaticSource } from './static-source.js'

const ORDERS = integer(-0x8000_0000, 0x7fff_ffff)
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']

const signalName: Check<NodeJS.Signals> = (value, name) => {
  if (typeof value !== 'string' || !Object.hasOwn(constants.signals, value))
    throw bad(name, 'a list of signals', value)
  return value as NodeJS.Signals
}

/**
 * A PVAccess server.
 *
 * It serves the PVs that are added to it, before or after `start()`. While it runs it keeps the process alive, and itself
 * and all it serves in memory.
 *
 * @throws {@link InvalidArgumentError} for a bad option
 * @example
 * await using server = await Server.start({ pvs: { 'lab:temp2': SharedPV.mailbox(new NTScalar('float64')) } })
 * console.log(server.tcpPort)
 */
export class Server implements AsyncDisposable {
  readonly #core: ServerCore

  constructor(options?: ServerOptions)
  /** @internal */
  constructor(options: ServerOptions | undefined, also: { readonly isolated: true })
  constructor(options?: ServerOptions, also?: { readonly isolated: true }) {
    this.#core = new ServerCore(this, serverConfig(options, also?.isolated))
  }

  /**
   * Makes a Server and starts it.
   *
   * @example
   * await using server = await Server.start({ pvs: { 'lab:temp2': SharedPV.mailbox(new NTScalar('float64')) } })
   */
  static async start(options?: ServerOptions): Promise<Server> {
    const server = new Server(options)
    try {
      return await server.start()
    } catch (error) {
      await server.close()
      throw error
    }
  }

  /**
   * A Server for tests: loopback only, free ports, no beacons, no environment. What else is given holds too.
   *
   * @example
   * await using server = await Server.isolated({ pvs: { x: SharedPV.mailbox(new NTScalar('int32'), 7) } }).start()
   * await using ctx = new Context(server.clientConfig())
   * const got = (await ctx.get('x')).value // → 7
   */
  static isolated(options?: ServerOptions): Server {
    return new Server(options, { isolated: true })
  }

  /**
   * Serves a PV under a name, from now on.
   *
   * @throws {@link InvalidArgumentError} when the name is bad or taken, or is `server`, which every server has for itself
   * @example
   * server.addPV('lab:pressure', SharedPV.readonly(new NTScalar('float64'), 1013.25))
   * const got = (await ctx.get('lab:pressure')).value // → 1013.25
   */
  addPV(name: string, pv: AnyPV): this {
    this.#core.check('addPV')
    this.#core.pvs.add(name, pv, 'addPV')
    return this
  }

  /**
   * Takes a name away and closes its PV; its clients are disconnected. Does nothing when it is not there.
   *
   * @example
   * server.addPV('lab:guest', SharedPV.mailbox(new NTScalar('int32')))
   * server.removePV('lab:guest')
   */
  removePV(name: string): this {
    this.#core.check('removePV')
    this.#core.pvs.remove(name, 'removePV')
    return this
  }

  /**
   * Adds a source. They are asked in ascending order, then by name; PVs of `addPV` are at order -1.
   *
   * @throws {@link InvalidArgumentError} when that name and order is taken, or the name begins with `__`
   * @example
   * const pressures = new StaticSource({ 'lab:vac1': SharedPV.readonly(new NTScalar('float64'), 2e-9) })
   * server.addSource('vacuum', pressures)
   * const got = (await ctx.get('lab:vac1')).value // → 2e-9
   */
  addSource(name: string, source: StaticSource | DynamicSource, order = 0): this {
    const op = 'addSource'
    this.#core.check(op)
    if (!(source instanceof StaticSource || source instanceof DynamicSource))
      throw new InvalidArgumentError(`a source is a StaticSource or a DynamicSource, not ${quote(source)}`, {
        op,
      })
    about({ op }, () => checkSource(name, order))
    if (name.startsWith('__') || name === '') {
      throw new InvalidArgumentError(`${quote(name)} cannot name a source: it is empty or begins with __`, {
        op,
      })
    }
    this.#core.addSource(name, source, order)
    return this
  }

  /**
   * Removes a source; channels that are open stay. Does nothing when it is not there.
   *
   * @example
   * server.addSource('spare', new StaticSource(), 10)
   * server.removeSource('spare', 10)
   */
  removeSource(name: string, order = 0): this {
    const op = 'removeSource'
    this.#core.check(op)
    about({ op }, () => checkSource(name, order))
    this.#core.removeSource(name, order)
    return this
  }

  get sources(): readonly ServedSource[] {
    return this.#core.sources
  }

  /**
   * Starts serving. Does nothing when it serves already.
   *
   * @example
   * await using server = new Server({ tcpPort: 0 })
   * server.addPV('lab:temp2', SharedPV.mailbox(new NTScalar('float64')))
   * await server.start()
   */
  start(): Promise<this> {
    return this.#core.start().then(() => this)
  }

  /**
   * Stops serving: clients are disconnected, handlers that run are answered for. PVs stay open; `start()` may follow.
   *
   * @example
   * const server = await Server.start({ pvs: { 'lab:temp2': SharedPV.mailbox(new NTScalar('float64')) } })
   * await server.stop() // its clients wait
   * await server.start() // and go on
   * await server.close()
   */
  stop(): Promise<void> {
    return this.#core.stop()
  }

  /**
   * Stops for good. Closing again gives the same promise.
   *
   * @example
   * const server = await Server.start()
   * await server.close()
   */
  close(): Promise<void> {
    return this.#core.close()
  }

  /**
   * Serves until one of the signals comes, or `stop()` is called; then stops.
   *
   * @param options.signals default SIGINT and SIGTERM; while it runs they have no other effect
   * @example
   * await using server = new Server({ pvs: { 'lab:temp2': SharedPV.mailbox(new NTScalar('float64')) } })
   * const ended = server.run() // until Ctrl-C, or until
   * await server.stop()
   * await ended
   */
  async run(options?: { readonly signals?: readonly NodeJS.Signals[] | undefined }): Promise<void> {
    const { signals = SIGNALS } = readOptions(options, { signals: list(signalName) }, 'run')
    await this.#core.run(signals)
  }

  /** The TCP port in use; 0 before the first start. */
  get tcpPort(): number {
    return this.#core.info?.tcpPort ?? 0
  }

  /** The UDP port in use; 0 before the first start. */
  get udpPort(): number {
    return this.#core.info?.udpPort ?? 0
  }

  /** 24 hex digits; empty before the first start. Survives stop and start, as the ports do. */
  get guid(): string {
    return this.#core.info?.guid ?? ''
  }

  /** The options in force; addresses and ports are the real ones once it has started. */
  get config(): EffectiveServerOptions {
    return this.#core.options
  }

  /**
   * Options for a {@link Context} that reaches this server from the same host, and no other.
   *
   * @throws {@link InvalidArgumentError} before the first start, when the ports are not known yet
   * @example
   * await using server = await Server.start({ isolated: true })
   * await using ctx = new Context({ ...server.clientConfig(), timeout: 1_000 })
   */
  clientConfig(): ClientConfig {
    return this.#core.clientConfig()
  }

  /**
   * Counters, as they are now.
   *
   * @example
   * const { connections, channels } = server.stats()
   * console.log(`${connections.length} clients with ${channels} channels`)
   */
  stats(): ServerStats {
    return this.#core.stats()
  }

  /**
   * Lets it keep the process alive while it runs, as it does anyway before {@link Server.unref}.
   *
   * @example
   * server.unref()
   * server.ref() // as it was
   */
  ref(): this {
    this.#core.hold.ref()
    return this
  }

  /**
   * Lets the process end although it runs.
   *
   * @example
   * await using server = await Server.start()
   * server.unref() // the process ends when the rest of it does
   */
  unref(): this {
    this.#core.hold.unref()
    return this
  }

  /** @internal What console.log shows. */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { state, pvs, sources } = this.#core
    const names = sources.map(({ name }) => name)
    const facts = { state, tcpPort: this.tcpPort, udpPort: this.udpPort, pvs: pvs.names().length }
    return shown('Server', names.length === 0 ? facts : { ...facts, sources: names }, options, inspect)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function checkSource(name: unknown, order: unknown): void {
  text(name, 'name')
  ORDERS(order, 'order')
}
