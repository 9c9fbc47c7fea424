import { serverAddress } from '../config/index.js'
import type { Fields, MutableValue, NotFields, Read, TypeBuilder, TypeDef, Value } from '../data/index.js'
import { INSPECT, pvName, pvNames, quote, readOptions, shown, type Inspect } from '../input/index.js'
import { about, InvalidArgumentError } from '../errors.js'
import { contextConfig, type ContextOptions, type EffectiveContextOptions } from './config.js'
import { Connection } from './connection.js'
import { ContextCore, type ContextStats, type Target } from './context-core.js'
import { Discovery, type DiscoverOptions, type DiscoveryEvent } from './discovery.js'
import type { MonitorEvent } from './monitor-feed.js'
import { get, info } from './get.js'
import { getAll, getAllSettled, type ForEach } from './get-all.js'
import { closeByHand, closeWhenForgotten } from './lifetime.js'
import { MergedMonitors, type NamedEvent, type NamedValue } from './monitor-all.js'
import {
  connectChecks,
  discoverChecks,
  getOptions,
  infoChecks,
  monitorChecks,
  putChecks,
  rpcChecks,
  monitorAllChecks,
  type ConnectOptions,
  type GetOptions,
  type InfoOptions,
  type MonitorAllOptions,
  type MonitorOptions,
  type PutOptions,
  type RpcOptions,
  type WaitForOptions,
  waitForChecks,
} from './options.js'
import { handledAtClose, promised } from './promised.js'
import { put, type PutValue } from './put.js'
import { rpc } from './rpc.js'
import { channelsOf, infoOf, SERVER_PV, type PeerInfo, type ServerTarget } from './server-queries.js'
import { Subscription } from './subscription.js'
import { Wait } from './wait-for.js'
import { warnWithoutDestinations } from './timeouts.js'

/**
 * A PVAccess client.
 *
 * All that it makes shares its connections: one Context per process is the rule. It opens nothing before it is used, and
 * an idle one does not keep the process alive; a pending call, an iteration that waits and a subscription with callbacks do.
 *
 * @throws {@link InvalidArgumentError} for a bad option
 * @example
 * await using ctx = new Context()
 * console.log((await ctx.get('lab:temp1')).value)
 */
export class Context implements AsyncDisposable {
  readonly #core: ContextCore

  constructor(options?: ContextOptions) {
    const config = contextConfig(options)
    this.#core = new ContextCore(config)
    warnWithoutDestinations(config)
    closeWhenForgotten(this, this.#core)
  }

  /** The options in force: those given, else the environment's, else the defaults. */
  get config(): EffectiveContextOptions {
    return this.#core.config.options
  }

  get closed(): boolean {
    return this.#core.closed
  }

  /**
   * Reads a PV once.
   *
   * Searches for `name`, connects, and resolves with a complete, immutable {@link Value}. A call that cannot finish within
   * `timeout` (ms) rejects with {@link TimeoutError}, which says how far it came.
   *
   * @throws {@link RemoteError} when the server refuses, with its text
   * @throws {@link TypeMismatchError} when the server's type lacks something of `options.type`
   * @throws the signal's own reason when `options.signal` aborts
   * @example
   * const v = await ctx.get('test:pv:int32', { timeout: 2_000 })
   * console.log(v.value, v.alarm.severity)
   */
  get<T = Fields>(name: string, options?: GetOptions<T>): Promise<Value<T>> {
    return promised('get', name, () => {
      const checked = getOptions(options)
      return get(this.#target('get', name), checked).promise as Promise<unknown> as Promise<Value<T>>
    })
  }

  /**
   * Reads several PVs at once. Resolves with their values in the order of the names.
   *
   * @throws the first failure, which names its PV; the other calls are given up then
   * @example
   * const [temperature, power] = await ctx.getAll(['lab:temp1', 'lab:power'])
   * console.log(temperature.value, power.value.index)
   */
  getAll<T = Fields, const N extends readonly string[] = readonly string[]>(
    names: N,
    options?: GetOptions<T>,
  ): Promise<ForEach<N, Value<T>>> {
    return promised('getAll', undefined, () => {
      const checked = pvNames(names, 'getAll')
      const all = handledAtClose(this.#core, getAll(this.#core, this, checked, options))
      return all as Promise<unknown> as Promise<ForEach<N, Value<T>>>
    })
  }

  /**
   * Reads several PVs at once. Resolves with what became of each, in the order of the names.
   *
   * @example
   * const names = ['lab:temp1', 'lab:absent']
   * const results = await ctx.getAllSettled(names, { timeout: 500 })
   * results.forEach((r, k) => console.log(names[k], r.status === 'fulfilled' ? r.value.value : r.reason.message))
   */
  getAllSettled<T = Fields, const N extends readonly string[] = readonly string[]>(
    names: N,
    options?: GetOptions<T>,
  ): Promise<ForEach<N, PromiseSettledResult<Value<T>>>> {
    return promised('getAllSettled', undefined, () => {
      const checked = pvNames(names, 'getAllSettled')
      return getAllSettled(this.#core, this, checked, options) as Promise<unknown> as Promise<
        ForEach<N, PromiseSettledResult<Value<T>>>
      >
    })
  }

  /**
   * Writes to a PV.
   *
   * An object names the fields that are sent, nothing else is; anything that is not a plain object or a Value is short for
   * `{ value: … }`. A function is given the current value, fetched before; what it assigns and what it returns is sent.
   * An NTEnum takes a label, a numeric text or an index. After a broken connection the put is sent again, unless
   * `atMostOnce` is set.
   *
   * @throws {@link ConversionError} or {@link NoFieldError} when the value does not fit the server's type; nothing is sent
   * @throws {@link RemoteError}, {@link TimeoutError}, {@link DisconnectedError}, or the signal's reason
   * @example
   * await ctx.put('lab:setpoint', { value: 42 })
   * await ctx.put('lab:counter', (current) => ({ value: current.value + 1 }))
   */
  put<T = Fields>(
    name: string,
    value: PutValue<NoInfer<T>> | NotFields<(current: MutableValue<T>) => unknown, NoInfer<T>>,
    options?: PutOptions<T>,
  ): Promise<void> {
    return promised('put', name, () => {
      const checked = readOptions(options, putChecks, 'put')
      return put(this.#target('put', name), value, checked).promise
    })
  }

  /**
   * Calls a service.
   *
   * A plain object becomes the query of an NTURI: integers as int64, other numbers as float64, arrays, text, nested
   * structures. A Value is sent as it is. Without arguments the query is empty; `null` sends nothing. Resolves with the reply, or
   * `null` when the reply is empty; with `options.type` an empty reply is not what was asked for, so it is never `null`.
   *
   * @throws {@link TypeMismatchError} when the reply lacks something of `options.type`, or is empty
   * @throws {@link RemoteError}, {@link TimeoutError}, {@link DisconnectedError}, or the signal's reason
   * @example
   * const sum = await ctx.rpc('lab:sum', { lhs: 1, rhs: 2 })
   * console.log(sum?.value)
   */
  rpc<T>(
    name: string,
    args: object | null | undefined,
    options: RpcOptions<T> & { readonly type: TypeDef<T> | TypeBuilder<T> },
  ): Promise<Read<T>>
  rpc<T = Fields>(name: string, args?: object | null, options?: RpcOptions<T>): Promise<Read<T> | null>
  rpc(name: string, args?: object | null, options?: object): Promise<unknown> {
    return promised('rpc', name, () => {
      const checked = readOptions(options, rpcChecks, 'rpc')
      return rpc(this.#target('rpc', name), args, checked).promise
    })
  }

  /**
   * The type of a PV, without its value.
   *
   * @example
   * const type = await ctx.info('lab:temp1')
   * console.log(type.id, String(type))
   */
  info<T = Fields>(name: string, options?: InfoOptions<T>): Promise<TypeDef<T>> {
    return promised('info', name, () => {
      const checked = readOptions(options, infoChecks, 'info')
      const target = this.#target('info', name)
      return info(target, checked).promise as Promise<unknown> as Promise<TypeDef<T>>
    })
  }

  /**
   * Subscribes to a PV, from now on. Iterate the result, or give callbacks.
   *
   * @throws {@link InvalidArgumentError} or {@link ClosedError}, at once
   * @example
   * for await (const v of ctx.monitor('lab:temp1')) {
   *   console.log(v.value)
   *   if (v.value > 30) break
   * }
   */
  monitor<T = Fields>(
    name: string,
    options: MonitorOptions<T> & { readonly events: true },
  ): Subscription<MonitorEvent<T>>
  monitor<T = Fields>(name: string, options?: MonitorOptions<T>): Subscription<Value<T>>
  monitor(name: string, options?: object, ...more: readonly unknown[]): Subscription<unknown> {
    const { core, pv } = this.#target('monitor', name)
    return about({ op: 'monitor', pv }, () => {
      // A callback after the options would never be called.
      const checked = readOptions(
        more.find((x) => typeof x === 'function') ?? options,
        monitorChecks,
        'monitor',
      )
      return new Subscription(core, this, pv, checked)
    })
  }

  /**
   * Subscribes to several PVs and merges their updates into one stream. It starts with the iteration; an error of one PV
   * ends it, and names the PV.
   *
   * @throws {@link InvalidArgumentError} or {@link ClosedError}, at once
   * @example
   * for await (const { name, value } of ctx.monitorAll(['lab:temp1', 'lab:setpoint'])) {
   *   console.log(name, value.value)
   *   if (name === 'lab:temp1' && value.value > 30) break
   * }
   */
  monitorAll<T = Fields>(
    names: readonly string[],
    options: MonitorAllOptions<T> & { readonly events: true },
  ): AsyncIterable<NamedEvent<T>>
  monitorAll<T = Fields>(
    names: readonly string[],
    options?: MonitorAllOptions<T>,
  ): AsyncIterable<NamedValue<T>>
  monitorAll(names: readonly string[], options?: object): AsyncIterable<unknown> {
    const checked = readOptions(options, monitorAllChecks, 'monitorAll')
    const pvs = pvNames(names, 'monitorAll')
    this.#core.check('monitorAll')
    return about({ op: 'monitorAll' }, () => new MergedMonitors(this.#core, this, pvs, checked))
  }

  /**
   * Waits until a PV has a value that fits, which may be the present one, and resolves with it.
   *
   * @throws {@link TimeoutError} after `timeout`, which names the PV and its last value; without, it waits for ever
   * @throws what the function throws, or the signal's reason
   * @example
   * const v = await ctx.waitFor('lab:temp1', (v) => v.value > 20, { timeout: 60_000 })
   * console.log(v.value)
   */
  waitFor<T = Fields>(
    name: string,
    fits: (value: Value<T>) => boolean,
    options?: WaitForOptions<T>,
  ): Promise<Value<T>> {
    return promised('waitFor', name, () => {
      const checked = readOptions(options, waitForChecks, 'waitFor')
      const wait = new Wait(this.#target('waitFor', name), fits, checked)
      return handledAtClose(this.#core, wait.promise) as Promise<unknown> as Promise<Value<T>>
    })
  }

  /**
   * Opens the channel to a PV and keeps it open.
   *
   * @throws {@link InvalidArgumentError} or {@link ClosedError}, at once
   * @example
   * await using c = ctx.connect('lab:temp1')
   * for await (const e of c.events()) {
   *   if (e.type === 'connected') break // e.peer tells to whom
   * }
   */
  connect(name: string, options?: ConnectOptions): Connection {
    const { core, pv } = this.#target('connect', name)
    const { server = '', signal } = about({ pv }, () => readOptions(options, connectChecks, 'connect'))
    return new Connection(core, this, pv, server, signal)
  }

  /**
   * The names that a server serves, as far as it tells.
   *
   * @example
   * for await (const { event, server } of ctx.discover()) {
   *   if (event === 'online') console.log(server, await ctx.list(server))
   *   break
   * }
   */
  list(server: string, options?: InfoOptions): Promise<string[]> {
    return promised('list', undefined, () => {
      const target = this.#serverTarget('list', server)
      return handledAtClose(this.#core, channelsOf(target, readOptions(options, infoChecks, 'list')))
    })
  }

  /**
   * What a server says about itself.
   *
   * @example
   * const { implLang, version } = await ctx.serverInfo(`127.0.0.1:${server.tcpPort}`)
   * console.log(implLang, version) // cpp 1.5.3
   */
  serverInfo(server: string, options?: InfoOptions): Promise<PeerInfo> {
    return promised('serverInfo', undefined, () => {
      const target = this.#serverTarget('serverInfo', server)
      return handledAtClose(this.#core, infoOf(target, readOptions(options, infoChecks, 'serverInfo')))
    })
  }

  /**
   * Servers that come and go, from now on.
   *
   * @throws {@link InvalidArgumentError} or {@link ClosedError}, at once
   * @example
   * for await (const { event, server, guid } of ctx.discover()) {
   *   console.log(event, server, guid)
   *   if (event === 'online') break
   * }
   */
  discover(options?: DiscoverOptions): AsyncIterableIterator<DiscoveryEvent> {
    const { signal, ping = true, timeout } = readOptions(options, discoverChecks, 'discover')
    this.#core.check('discover')
    return new Discovery(this.#core, signal).start(this, ping, timeout)
  }

  /**
   * Searches at once for all that is not found yet. Has an effect every 30 s.
   *
   * @example
   * const value = ctx.get('lab:temp1', { timeout: Infinity })
   * ctx.hurryUp() // the network is back: do not wait for the next search
   * await value
   */
  hurryUp(): void {
    this.#core.check('hurryUp')
    this.#core.env.addon.hurryUp(this.#core.id)
  }

  /**
   * Closes channels that nothing uses any more, without waiting for the 10 to 20 s after which they are closed anyway.
   *
   * `drop` also gives the next call, subscription or connection to such a PV a channel of its own; what uses the old
   * channel goes on with it. `disconnect` breaks the channels in use, which then search and connect again.
   *
   * @param name of one PV; without it, every channel
   * @throws {@link InvalidArgumentError} or {@link ClosedError}
   * @example
   * ctx.clearCache() // channels that nothing uses
   * ctx.clearCache('lab:temp1', 'disconnect') // find this PV's server again
   */
  clearCache(name?: string, action: 'clean' | 'drop' | 'disconnect' = 'clean'): void {
    const number = cacheAction(action)
    const pv = name === undefined ? '' : pvName(name, 'clearCache')
    this.#core.check('clearCache')
    this.#core.env.addon.cacheClear(this.#core.id, pv, number)
  }

  /**
   * Counters, as they are now.
   *
   * @example
   * await ctx.get('lab:temp1')
   * const { connections, received } = ctx.stats()
   * console.log(connections.map(({ peer, channels }) => [peer, channels.length]), received)
   */
  stats(): ContextStats {
    return this.#core.stats()
  }

  /**
   * Ends everything: pending calls reject with {@link ClosedError}, iterations end. When the promise resolves nothing is
   * left. Closing again gives the same promise.
   *
   * @example
   * const ctx = new Context()
   * const late = ctx.get('lab:absent', { timeout: Infinity })
   * await ctx.close()
   * const code = await late.catch((error) => error.code) // → 'ERR_PVA_CLOSED'
   */
  close(): Promise<void> {
    return closeByHand(this, this.#core)
  }

  /**
   * Lets what is pending keep the process alive, as it does anyway before {@link Context.unref}.
   *
   * @example
   * ctx.unref()
   * ctx.ref() // as it was
   */
  ref(): this {
    this.#core.hold.ref()
    return this
  }

  /**
   * Lets the process end although something is pending.
   *
   * @example
   * ctx.unref() // the process may end although this subscription lives
   * const sub = ctx.monitor('lab:temp1', { onUpdate: (v) => console.log(v.value) })
   * await sub.ready
   * await sub.close()
   */
  unref(): this {
    this.#core.hold.unref()
    return this
  }

  /** @internal What console.log shows. */
  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { addressList, autoAddressList, nameServers } = this.config
    const connections = this.closed
      ? 'closed'
      : this.stats().connections.map(({ peer, channels }) => `${peer} (${channels.length} channels)`)
    return shown('Context', { addressList, autoAddressList, nameServers, connections }, options, inspect)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #target(op: string, name: unknown): Target {
    const pv = pvName(name, op)
    this.#core.check(op, pv)
    return { core: this.#core, owner: this, op, pv }
  }

  #serverTarget(op: string, server: unknown): ServerTarget {
    const checked = serverAddress(server, op)
    this.#core.check(op)
    return { core: this.#core, owner: this, op, pv: SERVER_PV, server: checked }
  }
}

const actions: Readonly<Record<string, number>> = { clean: 0, drop: 1, disconnect: 2 }

function cacheAction(action: unknown): number {
  const number = typeof action === 'string' && Object.hasOwn(actions, action) ? actions[action] : undefined
  if (number !== undefined) return number
  throw new InvalidArgumentError(`${quote(action)} is not clean, drop or disconnect`, { op: 'clearCache' })
}
