import { TypeDef, type Value } from '../data/index.js'
import { ClosedError, InvalidArgumentError } from '../errors.js'
import { integer, quote, readOptions } from '../input/index.js'
import type { ValueRecord } from '../pvws/index.js'
import { Calls, type Ask, type Reply } from './calls.js'
import type { Hello } from './hello.js'
import { Link, type BridgeStatus } from './link.js'
import {
  callChecks,
  checkName,
  contextChecks,
  getChecks,
  monitorChecks,
  putChecks,
  type CallOptions,
  type ContextOptions,
  type MonitorOptions,
  type PutOptions,
} from './options.js'
import { historyOf, plainOf, timeText, type History, type HistoryRange } from './replies.js'
import type { Subscription } from './subscription.js'
import { type MonitorCallbacks, type MonitorEvent } from './subscription.js'
import { Subscriptions } from './subscriptions.js'
import { defaultWebSocket, socketUrl, type WebSocketConstructor } from './web-socket.js'

const TIMEOUT = 5_000
const MOST_POINTS = 20_000
const RECONNECT = { min: 500, max: 10_000, jitter: 0.3 }

/** PVs over a bridge, in browsers and wherever there is a WebSocket. */
export class Context implements AsyncDisposable {
  readonly #timeout: number
  readonly #link: Link
  readonly #calls: Calls
  readonly #subscriptions: Subscriptions
  #closed = false
  #lastId = -1

  /**
   * Begins to connect, and goes on trying until it is closed.
   *
   * @param url of the bridge; without, where the page came from
   * @throws InvalidArgumentError for a bad address or option, or where there is no WebSocket
   */
  constructor(url?: string, options?: ContextOptions) {
    const checked = readOptions(options, contextChecks, 'Context')
    const { token, rate, timeout = TIMEOUT, reconnect = RECONNECT } = checked
    const WebSocket = (checked.WebSocket as unknown as WebSocketConstructor | undefined) ?? defaultWebSocket()
    const link = (): Link => this.#link
    const nextId = (): number => this.#nextId()
    this.#timeout = timeout
    this.#calls = new Calls(link, nextId)
    this.#subscriptions = new Subscriptions(link, nextId, rate)
    const hearer = {
      opened: () => {
        this.#subscriptions.opened()
        this.#calls.opened()
      },
      lost: () => {
        this.#subscriptions.lost()
        this.#calls.lost()
      },
      message: (message: Readonly<Record<string, unknown>>) => {
        this.#message(message)
      },
      record: (record: ValueRecord) => {
        this.#record(record)
      },
      wanted: (id: number) => this.#subscriptions.has(id) || this.#calls.has(id),
    }
    this.#link = new Link({ url: socketUrl(url), token, WebSocket, ...reconnect }, hearer)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** What the bridge said first, once it has. */
  get hello(): Hello | undefined {
    return this.#link.hello
  }

  /** The value of a PV. */
  async get(name: string, options?: CallOptions): Promise<Value> {
    const { fields, ...rest } = readOptions(options, getChecks, 'get')
    const reply = await this.#ask('get', 'get', checkName(name, 'get'), { fields, format: 'binary' }, rest)
    return reply.value as Value
  }

  /** Writes a value: that of the field `value`, or an object of fields. Resolves when the server has confirmed. */
  async put(name: string, value: unknown, options?: PutOptions): Promise<void> {
    const { timeout, signal, ...processing } = readOptions(options, putChecks, 'put')
    const pv = checkName(name, 'put')
    if (typeof value === 'function')
      throw new InvalidArgumentError('over a bridge a put takes a value, not a function', { op: 'put', pv })
    if (value === undefined || value === null)
      throw new InvalidArgumentError(`a put takes a value, not ${quote(value)}`, { op: 'put', pv })
    await this.#ask(
      'put',
      'put',
      pv,
      { value: plainOf(value, 'put', pv), ...processing },
      { timeout, signal },
    )
  }

  /** Calls a service. */
  async rpc(
    name: string,
    args?: object | null,
    options?: Omit<CallOptions, 'fields'>,
  ): Promise<Value | null> {
    const rest = readOptions(options, callChecks, 'rpc')
    const pv = checkName(name, 'rpc')
    const members = { args: plainOf(args ?? {}, 'rpc', pv), format: 'binary' }
    const { value } = await this.#ask('call', 'rpc', pv, members, rest)
    return value ?? null
  }

  /** The type of a PV. */
  async info(name: string, options?: Omit<CallOptions, 'fields'>): Promise<TypeDef> {
    const rest = readOptions(options, callChecks, 'info')
    const { typeDef } = await this.#ask('info', 'info', checkName(name, 'info'), {}, rest)
    return TypeDef.fromJSON(typeDef)
  }

  /** Names that the bridge knows: `*` any text, `?` one character. */
  async find(
    pattern: string,
    options?: Omit<CallOptions, 'fields'> & { readonly limit?: number },
  ): Promise<string[]> {
    const { limit, ...rest } = readOptions(options, { ...callChecks, limit: integer(1, 10_000) }, 'find')
    if (typeof pattern !== 'string' || pattern === '')
      throw new InvalidArgumentError(`a pattern is text, not ${quote(pattern)}`, { op: 'find' })
    return (await this.#ask('find', 'find', undefined, { pattern, limit }, rest))['names'] as string[]
  }

  /** Values of the past: what the bridge has kept, or its history has. */
  async history(name: string, range: HistoryRange, options?: Omit<CallOptions, 'fields'>): Promise<History> {
    const rest = readOptions(options, callChecks, 'history')
    const read = readOptions(
      range,
      { from: timeText, to: timeText, points: integer(1, MOST_POINTS) },
      'history',
    )
    return historyOf(await this.#ask('history', 'history', checkName(name, 'history'), read, rest))
  }

  /** Subscribes to a PV. */
  monitor(name: string, options: MonitorOptions & { readonly events: true }): Subscription<MonitorEvent>
  monitor(name: string, options?: MonitorOptions & MonitorCallbacks): Subscription
  monitor(name: string, options?: MonitorOptions & MonitorCallbacks): Subscription<unknown> {
    const checked = readOptions(options, monitorChecks, 'monitor')
    const pv = checkName(name, 'monitor')
    if (checked.latest === true && checked.queueSize !== undefined)
      throw new InvalidArgumentError('option "latest" excludes "queueSize"', { op: 'monitor', pv })
    this.#checkOpen('monitor', pv)
    return this.#subscriptions.add(pv, checked)
  }

  /** How the connection to the bridge is, and each change; ends with the Context. */
  status(): AsyncIterableIterator<BridgeStatus> {
    return this.#link.status()
  }

  /** Ends every call with `ClosedError`, every subscription, and the connection. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#subscriptions.close()
      this.#calls.close()
      this.#link.close()
    }
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #ask(
    type: string,
    op: string,
    pv: string | undefined,
    members: Ask['members'],
    {
      timeout = this.#timeout,
      signal,
    }: { readonly timeout?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<Reply> {
    this.#checkOpen(op, pv)
    return this.#calls.ask({ type, op, pv, members, timeout, signal })
  }

  #checkOpen(op: string, pv: string | undefined): void {
    if (this.#closed) throw new ClosedError('the Context is closed', pv === undefined ? { op } : { op, pv })
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) % 2 ** 32
    while (this.#subscriptions.has(this.#lastId) || this.#calls.has(this.#lastId))
    return this.#lastId
  }

  #record({ kind, id, value }: ValueRecord): void {
    if (kind === 2) this.#subscriptions.update(id, value)
    else this.#calls.answered(id, { value })
  }

  #message(message: Readonly<Record<string, unknown>>): void {
    const { type, id } = message
    if (typeof id !== 'number') return
    if (type === 'reply') this.#calls.answered(id, message)
    else if (type === 'state') this.#subscriptions.state(id, message)
    else if (type === 'error' && !this.#calls.failed(id, message)) this.#subscriptions.failed(id, message)
  }
}
