import { constants } from 'node:os'
import { quote } from '../input/quote.js'
import { about, annotate, ClosedError, InvalidArgumentError, PvaError } from '../errors.js'
import { log } from '../log.js'
import {
  Acknowledgement,
  environment,
  Hold,
  type ConnectionReport,
  type Environment,
  type ServerInfo,
} from '../native/index.js'
import { bad, integer, list, readOptions, text, type Check } from '../input/options.js'
import {
  effectiveOptions,
  reachable,
  serverConfig,
  type EffectiveServerOptions,
  type ServerConfig,
  type ServerOptions,
} from './config.js'
import { dispatcher } from './dispatcher.js'
import type { AnyPV } from './shared-pv.js'
import {
  addPV,
  removePV,
  sourceHandle,
  StaticSource,
  type DynamicSource,
  type SourceHandle,
} from './static-source.js'

/** A source of a server. They are asked in ascending order, then by name. */
export interface ServedSource {
  readonly name: string
  readonly order: number
  readonly source: StaticSource | DynamicSource
}

/** What a Server is doing now. */
export interface ServerStats {
  /** TCP connections of clients, with the channels on them and the bytes of each. */
  readonly connections: readonly ConnectionReport[]
  /** Channels on all connections. */
  readonly channels: number
  /** Bytes on all connections that are open. */
  readonly sent: number
  readonly received: number
}

/** What a client of this server needs; a `ContextOptions`. */
export interface ClientConfig {
  readonly useEnv: boolean
  readonly addressList: string[]
  readonly autoAddressList: boolean
  readonly interfaces: string[]
  readonly nameServers: string[]
  readonly broadcastPort: number
  readonly serverPort: number
  readonly connectionTimeout: number
}

// Where PVXS has its own: a source of order 0 cannot shadow a name of addPV, one of -2 can.
const OWN_ORDER = -1
const OWN_NAME = '__pvs'
const ORDERS = integer(-0x8000_0000, 0x7fff_ffff)
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']

const signalName: Check<NodeJS.Signals> = (value, name) => {
  if (typeof value !== 'string' || !Object.hasOwn(constants.signals, value))
    throw bad(name, 'a list of signals', value)
  return value as NodeJS.Signals
}

type Wanted = 'stopped' | 'running' | 'closed'

const forgotten = new FinalizationRegistry<{ env: Environment; id: number }>(({ env, id }) => {
  dispatcher().handlerTimeouts.delete(id)
  new Acknowledgement(env, new Hold(env))
    .send((call) => env.addon.serverClose(id, call))
    .promise.catch(() => {
      // it was closed before
    })
})

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
  readonly #env: Environment = environment()
  readonly #id: number = this.#env.newId()
  readonly #hold: Hold = new Hold(this.#env)
  readonly #config: ServerConfig
  readonly #pvs = new StaticSource()
  #sources: (ServedSource & { readonly handle: SourceHandle })[] = []
  #info: ServerInfo | null = null
  #wanted: Wanted = 'stopped'
  #served = false
  // The transition that is under way, or was last.
  #transition: Promise<void> = Promise.resolve()
  readonly #whenStopped = new Set<() => void>()

  constructor(options?: ServerOptions)
  /** @internal */
  constructor(options: ServerOptions | undefined, also: { readonly isolated: true })
  constructor(options?: ServerOptions, also?: { readonly isolated: true }) {
    this.#config = serverConfig(options, also?.isolated)
    const { definitions, maxQueueSize, handlerTimeout, pvs } = this.#config
    this.#env.watchExit()
    // What "isolated" means is in the definitions.
    this.#env.addon.serverNew(this.#id, definitions, maxQueueSize)
    dispatcher().handlerTimeouts.set(this.#id, handlerTimeout)
    forgotten.register(this, { env: this.#env, id: this.#id }, this)
    this.#env.addon.serverAddSource(this.#id, OWN_NAME, OWN_ORDER, sourceHandle(this.#pvs, 'Server').id)
    try {
      for (const [name, pv] of pvs) addPV(this.#pvs, name, pv, 'Server')
    } catch (error) {
      this.close().catch(() => undefined) // nobody gets to hold it
      throw error
    }
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
   * @throws {@link InvalidArgumentError} when the name is bad or taken
   * @example
   * server.addPV('lab:pressure', SharedPV.readonly(new NTScalar('float64'), 1013.25))
   * const got = (await ctx.get('lab:pressure')).value // → 1013.25
   */
  addPV(name: string, pv: AnyPV): this {
    this.#check('addPV')
    addPV(this.#pvs, name, pv, 'addPV')
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
    this.#check('removePV')
    removePV(this.#pvs, name, 'removePV')
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
    this.#check('addSource')
    const op = 'addSource'
    const handle = sourceHandle(source, op)
    about({ op }, () => checkSource(name, order))
    if (name.startsWith('__') || name === '') {
      throw new InvalidArgumentError(
        `${quote(name)} is no name for a source: it is empty or begins with __`,
        { op },
      )
    }
    if (!this.#env.addon.serverAddSource(this.#id, name, order, handle.id)) {
      throw new InvalidArgumentError(`there is a source ${quote(name)} of order ${order} already`, { op })
    }
    this.#sources.push({ name, order, source, handle })
    if (this.#served) handle.served(true)
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
    this.#check('removeSource')
    about({ op: 'removeSource' }, () => checkSource(name, order))
    this.#env.addon.serverRemoveSource(this.#id, name, order)
    const removed = this.#sources.filter((source) => source.name === name && source.order === order)
    this.#sources = this.#sources.filter((source) => !removed.includes(source))
    if (this.#served) for (const { handle } of removed) handle.served(false)
    return this
  }

  get sources(): readonly ServedSource[] {
    return this.#sources
      .map(({ name, order, source }) => ({ name, order, source }))
      .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1))
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
    if (this.#wanted === 'closed' || this.#env.ended) return Promise.reject(closedError('start'))
    if (this.#wanted !== 'running') this.#go('running', () => this.#begin())
    return this.#transition.then(() => this)
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
    if (this.#wanted === 'running')
      this.#go('stopped', () => this.#end((call) => this.#env.addon.serverStop(this.#id, call)))
    return this.#transition
  }

  /**
   * Stops for good. Closing again gives the same promise.
   *
   * @example
   * const server = await Server.start()
   * await server.close()
   */
  close(): Promise<void> {
    if (this.#wanted !== 'closed') {
      forgotten.unregister(this)
      this.#go('closed', async () => {
        await this.#end((call) => this.#env.addon.serverClose(this.#id, call))
        dispatcher().handlerTimeouts.delete(this.#id)
        for (const { name, order } of this.#sources) this.#env.addon.serverRemoveSource(this.#id, name, order)
        this.#sources = []
      })
    }
    return this.#transition
  }

  // One transition after the other, whatever became of the one before.
  #go(wanted: Wanted, transition: () => Promise<void>): void {
    this.#wanted = wanted
    const before = this.#transition
    this.#transition = before.then(transition, transition)
    // Whoever asked for it hears of a failure; the chain itself is nobody's.
    this.#transition.catch(() => undefined)
  }

  async #begin(): Promise<void> {
    this.#hold.add()
    dispatcher().hold(this, true)
    try {
      await this.#done((call) => this.#env.addon.serverStart(this.#id, call))
    } catch (error) {
      this.#hold.drop()
      dispatcher().hold(this, false)
      if (this.#wanted === 'running') this.#wanted = 'stopped'
      throw error instanceof PvaError ? annotate(error, { op: 'start' }) : error
    }
    const info = this.#env.addon.serverInfo(this.#id)
    // PVXS takes another port without a word.
    const wanted = this.config.tcpPort
    if (wanted !== 0 && info !== null && info.tcpPort !== wanted) {
      log('warning', 'node-pvxs.server', `TCP port ${wanted} is taken: serving on port ${info.tcpPort}`)
    }
    this.#info = info
    this.#serve(true)
  }

  async #end(submit: (call: number) => void): Promise<void> {
    for (const wake of this.#whenStopped) wake()
    if (!this.#env.ended) {
      dispatcher().stopping.add(this.#id)
      await this.#done(submit).finally(() => dispatcher().stopping.delete(this.#id))
    }
    if (!this.#served) return
    this.#serve(false)
    this.#hold.drop()
    dispatcher().hold(this, false)
  }

  #serve(on: boolean): void {
    this.#served = on
    for (const { handle } of this.#sources) handle.served(on)
  }

  /**
   * Serves until one of the signals comes, or `stop()` is called; then stops.
   *
   * @param options.signals default SIGINT and SIGTERM; they do nothing else meanwhile
   * @example
   * await using server = new Server({ pvs: { 'lab:temp2': SharedPV.mailbox(new NTScalar('float64')) } })
   * const ended = server.run() // until Ctrl-C, or until
   * await server.stop()
   * await ended
   */
  async run(options?: { readonly signals?: readonly NodeJS.Signals[] | undefined }): Promise<void> {
    const { signals = SIGNALS } = readOptions(options, { signals: list(signalName) }, 'run')
    let wake: () => void = () => undefined
    const woken = new Promise<void>((resolve) => (wake = resolve))
    // Before the start is awaited: a stop() or a signal may come while it is under way.
    this.#whenStopped.add(wake)
    for (const signal of signals) process.on(signal, wake)
    try {
      await this.start()
      await woken
    } finally {
      for (const signal of signals) process.off(signal, wake)
      this.#whenStopped.delete(wake)
      await this.stop()
    }
  }

  /** The TCP port in use; 0 before the first start. */
  get tcpPort(): number {
    return this.#info?.tcpPort ?? 0
  }

  /** The UDP port in use; 0 before the first start. */
  get udpPort(): number {
    return this.#info?.udpPort ?? 0
  }

  /** 24 hex digits; empty before the first start. Survives stop and start, as the ports do. */
  get guid(): string {
    return this.#info?.guid ?? ''
  }

  /** The options in force; addresses and ports are the real ones once it has started. */
  get config(): EffectiveServerOptions {
    return effectiveOptions(
      this.#config,
      this.#info === null ? this.#config.settings : settingsOf(this.#info),
    )
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
    if (this.#info === null)
      throw new InvalidArgumentError('clientConfig() needs a server that has been started', {
        op: 'clientConfig',
      })
    const { interfaces, connectionTimeout } = this.config
    const addresses = reachable(interfaces)
    return {
      useEnv: false,
      addressList: addresses,
      autoAddressList: false,
      // A client of a server on loopback only has no business elsewhere.
      interfaces: addresses.every((host) => /^(127\.|\[::1\])/.test(host)) ? addresses : [],
      nameServers: [],
      broadcastPort: this.udpPort,
      serverPort: this.tcpPort,
      connectionTimeout,
    }
  }

  /**
   * Counters, as they are now.
   *
   * @example
   * const { connections, channels } = server.stats()
   * console.log(`${connections.length} clients with ${channels} channels`)
   */
  stats(): ServerStats {
    const connections = this.#served && !this.#env.ended ? this.#env.addon.serverReport(this.#id) : []
    const sum = (key: 'sent' | 'received'): number =>
      connections.reduce((total, connection) => total + connection[key], 0)
    const channels = connections.reduce((total, connection) => total + connection.channels.length, 0)
    return { connections, channels, sent: sum('sent'), received: sum('received') }
  }

  /**
   * Lets it keep the process alive while it runs, as it does anyway before {@link Server.unref}.
   *
   * @example
   * server.unref()
   * server.ref() // as it was
   */
  ref(): this {
    this.#hold.ref()
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
    this.#hold.unref()
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // Held for its own sake: after unref() the process ended in the middle of `await server.close()`, with exit code 13.
  #done(submit: (call: number) => void): Promise<void> {
    return new Acknowledgement(this.#env, new Hold(this.#env)).send(submit).promise
  }

  #check(op: string): void {
    if (this.#wanted === 'closed' || this.#env.ended) throw closedError(op)
  }
}

function checkSource(name: unknown, order: unknown): void {
  text(name, 'name')
  ORDERS(order, 'order')
}

function closedError(op: string): ClosedError {
  return new ClosedError(`${op}: the Server is closed`, { op })
}

function settingsOf({ definitions }: ServerInfo): Map<string, string> {
  const settings = new Map<string, string>()
  for (let k = 0; k + 1 < definitions.length; k += 2)
    settings.set(definitions[k] ?? '', definitions[k + 1] ?? '')
  return settings
}
