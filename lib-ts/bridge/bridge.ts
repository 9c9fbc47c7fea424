import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { quote } from '../input/index.js'
import { ClosedError, ResourceError } from '../errors.js'
import { Context } from '../index.js'
import { BridgeError } from '../pvws/index.js'
import { answerError, refuseUpgrade, targetOf } from './answers.js'
import { Counters } from './counters.js'
import { Door, isLoopback } from './door.js'
import { Gate, type Who } from './gate.js'
import { Hub } from './hub.js'
import { LoopDelay } from './loop-delay.js'
import { metricsText } from './metrics.js'
import { settingsOf, type BridgeOptions, type Settings } from './options.js'
import { rightsOf } from './rights.js'
import type { Place } from './place.js'
import { route } from './routes.js'
import { Session1 } from './session1.js'
import { Session2 } from './session2.js'
import { Slices } from './slices.js'
import { ClientSocket } from './socket.js'
import type { BridgeStats } from './stats.js'

/**
 * PVs for web pages: a WebSocket server that speaks PVWS, with one PVA subscription for each PV.
 *
 * @example
 * import { Bridge } from 'node-pvxs/bridge'
 *
 * await using bridge = await Bridge.start({ port: 0 })
 * console.log(`${bridge.url}pvws/info`)
 */
export class Bridge implements AsyncDisposable {
  readonly #settings: Settings
  readonly #ctx: Context
  readonly #hub: Hub
  readonly #door: Door
  readonly #gate: Gate
  readonly #counters = new Counters()
  readonly #slices = new Slices()
  readonly #delay = new LoopDelay()
  readonly #sockets: WebSocketServer
  readonly #place: Place
  #server: HttpServer | undefined
  #port = 0
  #lastId = 0
  #closing: Promise<void> | undefined

  /**
   * A bridge to mount in an HTTP server of one's own: nothing listens.
   *
   * @throws InvalidArgumentError that names the option
   */
  constructor(options?: BridgeOptions) {
    const settings = settingsOf(options)
    this.#settings = settings
    this.#ctx = settings.ctx ?? new Context()
    this.#hub = new Hub(this.#ctx, settings, this.#counters)
    this.#door = new Door(settings)
    this.#gate = new Gate(settings, rightsOf(settings), this.#door)
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      // The token beside it is for the bridge alone.
      handleProtocols: (offered) => (offered.has('pvws') ? 'pvws' : false),
      maxPayload: settings.limits.message,
    })
    const started = new Date()
    const isClosing = (): boolean => this.#closing !== undefined
    this.#place = {
      settings,
      hub: this.#hub,
      ctx: this.#ctx,
      gate: this.#gate,
      door: this.#door,
      started,
      metrics: () => this.metrics(),
      get closing() {
        return isClosing()
      },
    }
  }

  /**
   * A bridge that listens.
   *
   * @throws BridgeError `ERR_BRIDGE_UNSAFE` when anybody on the network could write
   * @throws ResourceError when the port is taken
   * @example
   * import { Bridge } from 'node-pvxs/bridge'
   *
   * const bridge = await Bridge.start({ port: 0, write: ['lab:setpoint'] })
   * await bridge.close()
   */
  static async start(options?: BridgeOptions): Promise<Bridge> {
    const settings = settingsOf(options)
    checkSafe(settings)
    const bridge = new Bridge({ ...options, page: options?.page ?? true })
    try {
      await bridge.#listen()
    } catch (error) {
      await bridge.close()
      throw error
    }
    return bridge
  }

  async #listen(): Promise<void> {
    const { host, port, tls } = this.#settings
    const handler = (req: IncomingMessage, res: ServerResponse): void => {
      if (!this.handle(req, res))
        answerError(res, new BridgeError('ERR_BRIDGE_PATH', 'there is nothing here'))
    }
    const limits = { maxHeaderSize: 16_384, headersTimeout: 10_000 }
    const server =
      tls === undefined ? createServer(limits, handler) : createSecureServer({ ...tls, ...limits }, handler)
    server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!this.upgrade(req, socket, head))
        refuseUpgrade(socket, new BridgeError('ERR_BRIDGE_PATH', 'there is no WebSocket here'))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        const taken = cause.code === 'EADDRINUSE'
        const text = taken ? `port ${port} of ${host} is taken` : `${host}:${port}: ${cause.message}`
        reject(new ResourceError(`the bridge cannot listen: ${text}`, { cause }))
      })
      server.listen(port, host, resolve)
    })
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  /** `http://127.0.0.1:8080/` or the like, of a bridge that listens. */
  get url(): string {
    const { host, tls } = this.#settings
    const name = host.includes(':') ? `[${host}]` : host
    return `${tls === undefined ? 'http' : 'https'}://${name}:${this.#port}/`
  }

  get port(): number {
    return this.#port
  }

  /** The options in force, without secrets. */
  get config(): Readonly<Record<string, unknown>> {
    const { ctx: _, log: __, authorize: ___, history, tls, auth, ...settings } = this.#settings
    return {
      ...settings,
      port: this.#port || settings.port,
      tls: tls !== undefined,
      auth: auth !== undefined,
      history: history !== undefined,
      search: this.#hub.searched(),
    }
  }

  /** Answers a request; false when it is not ours: nothing was written then. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    try {
      const target = targetOf(req)
      return route(this.#place, req, res, target)
    } catch (error) {
      this.#hub.refused('request', this.#door.peerOf(req), error)
      answerError(res, error)
      return true
    }
  }

  /** Takes a WebSocket; false when it is not ours: nothing was written then. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    let target: URL
    try {
      target = targetOf(req)
    } catch {
      return false
    }
    if (target.pathname !== `${this.#settings.path}/pv`) return false
    void this.#let(req, socket, head, target)
    return true
  }

  async #let(req: IncomingMessage, socket: Duplex, head: Buffer, target: URL): Promise<void> {
    const gone = (): void => {
      // while it is asked who it is; ws has a listener of its own afterwards
    }
    socket.on('error', gone)
    try {
      await this.#slices.turn()
      if (this.#closing !== undefined) throw new ClosedError('the bridge is closing')
      this.#door.checkHost(req)
      this.#door.checkOrigin(req)
      const v = target.searchParams.get('v') ?? '1'
      if (v !== '1' && v !== '2')
        throw new BridgeError('ERR_BRIDGE_VERSION', `this bridge speaks versions 1 and 2, not ${quote(v)}`)
      const who = await this.#gate.who(req)
      // Behind the last wait: others may have come in meanwhile.
      const peer = this.#door.peerOf(req)
      this.#hub.checkRoom({ peer, user: who.user })
      this.#sockets.handleUpgrade(req, socket, head, (client) =>
        this.#accept(client, req.socket, { peer, v, who }),
      )
    } catch (error) {
      this.#hub.refused('upgrade', this.#door.peerOf(req), error)
      refuseUpgrade(socket, error)
    } finally {
      socket.off('error', gone)
    }
  }

  #accept(client: WebSocket, raw: Socket, { peer, v, who }: Guest): void {
    const info = { id: ++this.#lastId, peer, user: who.user, since: Date.now() }
    const socket = new ClientSocket(client, raw, info, this.#hub.limits, {
      counters: this.#counters,
      slices: this.#slices,
    })
    const Session = v === '1' ? Session1 : Session2
    this.#hub.clients.add(new Session(this.#hub, socket, who))
  }

  /**
   * What it is doing now, and what it has done so far.
   *
   * @example
   * import { Bridge } from 'node-pvxs/bridge'
   *
   * await using bridge = new Bridge({ host: '127.0.0.1' })
   * bridge.stats().sockets // → 0
   */
  stats(): BridgeStats {
    let subscriptions = 0
    for (const client of this.#hub.clients) subscriptions += client.subscriptions
    const { received, sent, bytes, merged, refused, errors } = this.#counters
    const { clients, feeds } = this.#hub
    return {
      sockets: clients.size,
      subscriptions,
      pvs: feeds.size,
      received,
      sent,
      bytes,
      merged,
      refused,
      errors,
    }
  }

  /** The counters as Prometheus reads them. */
  metrics(): string {
    return metricsText(this.stats(), this.#counters, this.#hub, this.#delay)
  }

  /** Ends all sockets with code 1001, and with them the subscriptions. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const server = this.#server
    const ended =
      server === undefined ? undefined : new Promise<void>((resolve) => server.close(() => resolve()))
    const gone = [...this.#hub.clients].map(({ socket }) => socket.end(1001, 'the bridge is closing'))
    for (const stream of this.#hub.streams) stream.end()
    await Promise.all(gone)
    await this.#slices.turn() // what the last ones said and left
    server?.closeAllConnections()
    await ended
    this.#sockets.close()
    this.#hub.simulations.close()
    this.#delay.close()
    await this.#hub.feeds.close()
    if (this.#settings.ctx === undefined) await this.#ctx.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Who has been let in, from where, and in which version. */
interface Guest {
  readonly peer: string
  readonly v: '1' | '2'
  readonly who: Who
}

/** Writing without login is for loopback: elsewhere anybody on the network could. */
function checkSafe({ host, write, rpc, auth, insecureWrite }: Settings): void {
  const allows = (write?.length ?? 0) > 0 || (rpc?.length ?? 0) > 0
  if (!allows || isLoopback(host) || insecureWrite || auth !== undefined) return
  throw new BridgeError(
    'ERR_BRIDGE_UNSAFE',
    `on ${host} anybody could write: name who may (auth), listen on 127.0.0.1, or say insecureWrite`,
  )
}
