import { annotate, ClosedError, InvalidArgumentError, PvaError } from '../errors.js'
import type { Settings } from '../config/index.js'
import { quote } from '../input/index.js'
import { log } from '../log.js'
import {
  Acknowledgement,
  environment,
  Hold,
  releasedByHand,
  trafficOf,
  whenForgotten,
  type ConnectionReport,
  type Environment,
  type ServerInfo,
} from '../native/index.js'
import { effectiveOptions, reachable, type EffectiveServerOptions, type ServerConfig } from './config.js'
import { dispatcher } from './dispatcher.js'
import { DynamicSource } from './dynamic-source.js'
import type { SourceCore } from './source-core.js'
import { StaticSource, StaticSourceCore } from './static-source.js'

/** A source of a server. Sources are asked in ascending order, then by name. */
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

// As in PVXS: a source of order 0 cannot hide a name of addPV, one of order -2 can.
const OWN_ORDER = -1
const OWN_NAME = '__pvs'

/**
 * The inside of a Server: its sources, and its way between stopped, running and closed.
 *
 * While it serves, the dispatcher holds its Server, and so everything that it serves. One that does not serve is closed when
 * nothing refers to it any more.
 */
export class ServerCore {
  readonly hold: Hold
  readonly pvs = new StaticSourceCore()
  info: ServerInfo | null = null
  readonly #env: Environment = environment()
  readonly #id: number = this.#env.newId()
  readonly #facade: object
  readonly #config: ServerConfig
  #sources: (ServedSource & { readonly core: SourceCore })[] = []
  #wanted: 'stopped' | 'running' | 'closed' = 'stopped'
  #serving = false
  // The transition that is under way, or was last.
  #transition: Promise<void> = Promise.resolve()
  readonly #whenStopped = new Set<() => void>()

  /** @param facade the Server, which stays reachable while it runs */
  constructor(facade: object, config: ServerConfig) {
    this.#facade = facade
    const env = this.#env
    this.hold = new Hold(env)
    this.#config = config
    env.watchExit()
    // What "isolated" means is in the definitions.
    env.addon.serverNew(this.#id, config.definitions, config.maxQueueSize)
    dispatcher().handlerTimeouts.set(this.#id, config.handlerTimeout)
    whenForgotten(this, { env, id: this.#id }, closeForgotten)
    env.addon.serverAddSource(this.#id, OWN_NAME, OWN_ORDER, this.pvs.id)
    try {
      for (const [name, pv] of config.pvs) this.pvs.add(name, pv, 'Server')
    } catch (error) {
      this.close().catch(() => undefined) // the caller gets the first error and no Server
      throw error
    }
  }

  /** @throws ClosedError after close() */
  check(op: string): void {
    if (this.#wanted === 'closed' || this.#env.ended) throw closedError(op)
  }

  addSource(name: string, source: StaticSource | DynamicSource, order: number): void {
    const core = source instanceof StaticSource ? StaticSource.coreOf(source) : DynamicSource.coreOf(source)
    if (!this.#env.addon.serverAddSource(this.#id, name, order, core.id)) {
      const text = `there is a source ${quote(name)} of order ${order} already`
      throw new InvalidArgumentError(text, { op: 'addSource' })
    }
    this.#sources.push({ name, order, source, core })
    if (this.#serving) core.served(true)
  }

  removeSource(name: string, order: number): void {
    this.#env.addon.serverRemoveSource(this.#id, name, order)
    const removed = this.#sources.filter((source) => source.name === name && source.order === order)
    this.#sources = this.#sources.filter((source) => !removed.includes(source))
    if (this.#serving) for (const { core } of removed) core.served(false)
  }

  get sources(): ServedSource[] {
    return this.#sources
      .map(({ name, order, source }) => ({ name, order, source }))
      .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1))
  }

  start(): Promise<void> {
    if (this.#wanted === 'closed' || this.#env.ended) return Promise.reject(closedError('start'))
    if (this.#wanted !== 'running') this.#go('running', () => this.#begin())
    return this.#transition
  }

  stop(): Promise<void> {
    if (this.#wanted === 'running')
      this.#go('stopped', () => this.#end((call) => this.#env.addon.serverStop(this.#id, call)))
    return this.#transition
  }

  close(): Promise<void> {
    if (this.#wanted !== 'closed') {
      releasedByHand(this)
      this.#go('closed', async () => {
        await this.#end((call) => this.#env.addon.serverClose(this.#id, call))
        dispatcher().handlerTimeouts.delete(this.#id)
        for (const { name, order } of this.#sources) this.#env.addon.serverRemoveSource(this.#id, name, order)
        this.#sources = []
      })
    }
    return this.#transition
  }

  // One transition after the other, even if the one before has failed.
  #go(wanted: 'stopped' | 'running' | 'closed', transition: () => Promise<void>): void {
    this.#wanted = wanted
    const before = this.#transition
    this.#transition = before.then(transition, transition)
    // The caller of start(), stop() or close() hears of a failure; nobody waits for the chain itself.
    this.#transition.catch(() => undefined)
  }

  async #begin(): Promise<void> {
    this.#env.listen(1)
    this.hold.add()
    dispatcher().hold(this.#facade, true)
    try {
      await this.#acknowledged((call) => this.#env.addon.serverStart(this.#id, call))
    } catch (error) {
      this.hold.drop()
      this.#env.listen(-1)
      dispatcher().hold(this.#facade, false)
      if (this.#wanted === 'running') this.#wanted = 'stopped'
      throw error instanceof PvaError ? annotate(error, { op: 'start' }) : error
    }
    const info = this.#env.addon.serverInfo(this.#id)
    // PVXS takes another port without saying so.
    const wanted = this.options.tcpPort
    if (wanted !== 0 && info !== null && info.tcpPort !== wanted) {
      const why = wanted < 1024 ? 'taken, or needs a privilege, as ports below 1024 do' : 'taken'
      log('warning', 'node-pvxs.server', `TCP port ${wanted} is ${why}: serving on port ${info.tcpPort}`)
    }
    this.info = info
    this.#serve(true)
  }

  async #end(submit: (call: number) => void): Promise<void> {
    for (const wake of this.#whenStopped) wake()
    if (!this.#env.ended) {
      dispatcher().stopping.add(this.#id)
      await this.#acknowledged(submit).finally(() => dispatcher().stopping.delete(this.#id))
    }
    if (!this.#serving) return
    this.#serve(false)
    this.hold.drop()
    this.#env.listen(-1)
    dispatcher().hold(this.#facade, false)
  }

  #serve(on: boolean): void {
    this.#serving = on
    for (const { core } of this.#sources) core.served(on)
  }

  async run(signals: readonly NodeJS.Signals[]): Promise<void> {
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

  /** The options in force. */
  get options(): EffectiveServerOptions {
    return effectiveOptions(this.#config, this.info === null ? this.#config.settings : settingsOf(this.info))
  }

  clientConfig(): ClientConfig {
    if (this.info === null)
      throw new InvalidArgumentError('clientConfig() needs a server that has been started', {
        op: 'clientConfig',
      })
    const { interfaces, connectionTimeout } = this.options
    const addresses = reachable(interfaces)
    return {
      useEnv: false,
      addressList: addresses,
      autoAddressList: false,
      // A client of a server on loopback only has no business elsewhere.
      interfaces: addresses.every((host) => /^(127\.|\[::1\])/.test(host)) ? addresses : [],
      nameServers: [],
      broadcastPort: this.info.udpPort,
      serverPort: this.info.tcpPort,
      connectionTimeout,
    }
  }

  /** Whether it serves. */
  get state(): 'stopped' | 'running' | 'closed' {
    return this.#wanted
  }

  stats(): ServerStats {
    return trafficOf(this.#serving && !this.#env.ended ? this.#env.addon.serverReport(this.#id) : [])
  }

  // With a hold of its own: after unref() the process ended in the middle of `await server.close()`, with exit code 13.
  #acknowledged(submit: (call: number) => void): Promise<void> {
    return new Acknowledgement(this.#env, new Hold(this.#env)).send(submit).promise
  }
}

function closeForgotten({ env, id }: { readonly env: Environment; readonly id: number }): void {
  dispatcher().handlerTimeouts.delete(id)
  new Acknowledgement(env, new Hold(env))
    .send((call) => env.addon.serverClose(id, call))
    .promise.catch(() => {
      // the environment ends: nothing of the server is left either
    })
}

function closedError(op: string): ClosedError {
  return new ClosedError(`${op}: the Server is closed`, { op })
}

function settingsOf({ definitions }: ServerInfo): Settings {
  const settings: Settings = new Map()
  for (let k = 0; k + 1 < definitions.length; k += 2)
    settings.set(definitions[k] ?? '', definitions[k + 1] ?? '')
  return settings
}
