import type { Context } from '../client/index.js'
import { abortSignal, readOptions } from '../input/index.js'
import type { Server } from '../server/index.js'
import {
  EventHub,
  ManagedStream,
  pvSource,
  type PvChange,
  type PvMember,
  type PvUpdate,
} from '../stream/index.js'
import type { BrokerStatus } from './broker-work.js'
import { changedConfig, differenceOf, type PvListChange, type UpdateResult } from './config/change.js'
import { checkedPlan, examined } from './config/checked.js'
import type { PvEntry, RecordConfig } from './config/config.js'
import { fixedFaults } from './config/fixed.js'
import { errorOf } from './config/origin.js'
import { takes, type Plan, type PlannedPv } from './config/plan.js'
import { RecordError } from './errors.js'
import { Feed } from './feed.js'
import type { SinkStatus } from './lane.js'
import { Lanes, type LaneChange } from './lanes.js'
import { PvList } from './list/pv-list.js'
import { Mask } from './mask.js'
import { Outside } from './outside.js'
import { monotonic, Timetable } from './policy/timetable.js'
import { PvRecording, type PvStatus } from './pv-recording.js'
import { PvSet } from './pv-set.js'
import { contextOf, memberOf } from './pv-access.js'
import { Reloading } from './reloading.js'
import { SecondTries } from './second-tries.js'
import { SinkNews } from './sink-news.js'
import { untilAborted } from './until-aborted.js'
import { closeChecks, startChecks, type StartOptions } from './start-options.js'
import { Rate, type RecorderEvent, type RecorderState, type RecorderStatus } from './status.js'

const DRAIN = 10_000

type Item = PvUpdate | PvChange

/**
 * Records PVs into one or several stores, until it is closed.
 *
 * Each PV is one monitor, whose updates become samples, which the PV's policy hands on or keeps back; each sink has its own
 * Batcher, queue and spool. A PV that nobody serves is waited for, a sink that is down is tried again, and neither stops
 * another.
 *
 * @example
 * import { Recorder } from 'node-pvxs/record'
 *
 * await using recorder = await Recorder.start(
 *   {
 *     pvs: ['lab:temperature', { name: 'lab:mode', minPeriod: 1_000 }],
 *     sinks: { file: { type: 'jsonl', path: 'lab.jsonl' } },
 *   },
 *   { context: ctx, log: console.error },
 * )
 * await recorder.update({ add: ['lab:setpoint'] }) // the others never notice
 * console.log(recorder.status().pvs) // 3
 */
export class Recorder implements AsyncDisposable {
  /** Resolves when it is closed. */
  readonly closed: Promise<void>
  readonly #since = new Date()
  readonly #log: (line: string) => void
  readonly #context: Context
  readonly #ownContext: boolean
  readonly #times = new Timetable(monotonic)
  readonly #stream: ManagedStream<readonly (string | PvMember)[], Item>
  readonly #pvs = new PvSet()
  readonly #lanes: Lanes
  readonly #events = new EventHub<RecorderEvent>()
  readonly #tries = new SecondTries((name) => {
    void this.#inTurn(() => this.#askAgain(name))
  })
  readonly #rate = new Rate()
  readonly #mask = new Mask()
  readonly #reloading: Reloading
  readonly #outside: Outside
  /** With `list`. */
  #list: PvList | undefined
  /** With `from`. */
  #feed: Feed | undefined
  #plan: Plan
  #config: RecordConfig
  #state: RecorderState = 'starting'
  #working: Promise<void> = Promise.resolve()
  #updating: Promise<unknown> = Promise.resolve()
  #closing: Promise<number> | undefined
  #resolveClosed!: () => void
  /** Fires when it begins to close: then no PV waits for a sink any more. */
  readonly #ending = new AbortController()
  #lost = 0
  #flushed = true

  private constructor(config: RecordConfig, plan: Plan, options: StartOptions) {
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    this.#config = { ...config, name: plan.name }
    this.#plan = plan
    this.#mask.add(config)
    this.#log = (line) => options.log?.(this.#mask.text(line))
    const news = new SinkNews(this.#pvs, this.#mask, this.#events, this.#log)
    this.#lanes = new Lanes(options.sinks ?? {}, news)
    this.#ownContext = options.context === undefined
    this.#context = options.context ?? contextOf(config)
    const source = pvSource(this.#context, {
      connect: 'none',
      events: true,
      onMemberError: (name, error) => {
        this.#refused(name, error)
      },
    })
    this.#stream = new ManagedStream(source)
    this.#reloading = new Reloading(config, (to) => this.update(to), this.#log)
    this.#outside = new Outside(this, this.#lanes, () => this.#pvs.allWereLinked, config, options.stores)
  }

  /**
   * Opens the sinks and asks for the PVs; resolves then, whether or not the PVs are there.
   *
   * @throws ConfigError for a configuration with faults, all of them
   * @throws RecordError, `ERR_RECORD_START`, for what can never work, such as a sink whose folder is not there
   * @throws the signal's own reason
   */
  static async start(config: RecordConfig, options?: StartOptions): Promise<Recorder> {
    const read = readOptions(options, startChecks, 'Recorder.start') as StartOptions
    read.signal?.throwIfAborted()
    const plan = checkedPlan(config)
    const recorder = new Recorder(config, plan, read)
    try {
      // A list that changes meanwhile waits for its turn.
      await recorder.#inTurn(() => recorder.#begin(read.signal))
      return recorder
    } catch (error) {
      await recorder.close({ drain: 0 })
      throw recorder.#mask.error(error)
    }
  }

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    const change = await this.#lanes.prepare(this.#config)
    this.#lanes.add(change)
    await this.#lanes.settle(change, this.#config.spool, 0)
    signal?.throwIfAborted()
    await this.#outside.open()
    await this.#startList()
    for (const pv of this.#plan.pvs.values()) this.#pvs.add(this.#recording(pv))
    await this.#stream.start([...this.#plan.pvs.values()].map(memberOf), { timeout: Infinity })
    signal?.throwIfAborted()
    this.#feed = await this.#startFeed()
    this.#state = 'running'
    this.#working = this.#work().catch((error: unknown) => {
      this.#state = 'failed'
      this.#log(`the recorder failed: ${(error as Error).message}`)
    })
    this.#reloading.begin()
  }

  async #startList(): Promise<void> {
    const { list } = this.#config
    if (list === undefined) return
    this.#list = await PvList.start(list, {
      faultOf: (entry) => examined(withPvs(this.#config, [entry])).faults[0]?.message,
      changed: () => void this.#inTurn(() => this.#listed()),
      log: this.#log,
    })
    this.#plan = this.#planOf(this.#config)
  }

  /** The list of PVs in the broker is another. */
  async #listed(): Promise<void> {
    if (!this.#isOpen()) return
    try {
      await this.#apply(this.#config, this.#planOf(this.#config), undefined)
    } catch (error) {
      this.#log(`the list of PVs stays as it was: ${(error as Error).message}`)
    }
  }

  #planOf(config: RecordConfig): Plan {
    const plan = checkedPlan(config)
    return this.#list === undefined ? plan : checkedPlan(withPvs(config, this.#list.entries))
  }

  async #startFeed(): Promise<Feed | undefined> {
    const { from, sinks } = this.#config
    if (from === undefined) return undefined
    return Feed.start(from, {
      lanesOf: (pv) =>
        this.#lanesOf(
          Object.entries(this.#plan.sinks)
            .filter(([, sink]) => takes(sink, pv))
            .map(([name]) => name),
        ),
      most: Math.min(...Object.values(sinks).map(({ batch }) => batch?.maxBuffered ?? 5_000), 5_000),
      log: this.#log,
    })
  }

  #recording({ name, policy, sinks }: PlannedPv): PvRecording {
    return new PvRecording(name, policy, this.#lanesOf(sinks), this.#times, () => {
      this.#soon()
    })
  }

  #lanesOf(sinks: readonly string[]) {
    return sinks.map((name) => this.#lanes.get(name))
  }

  /** Takes what the PVs give, until the stream ends. */
  async #work(): Promise<void> {
    for await (const batch of this.#stream.batches()) {
      for (const item of batch) {
        const pv = this.#pvs.get(item.name)
        if (pv === undefined) continue // removed meanwhile
        if (!('value' in item)) this.#changed(pv, item)
        else {
          if (this.#tries.size > 0) this.#tries.forget(item.name)
          pv.update(item.value)
        }
      }
      const room = this.#flush()
      if (room !== undefined) await untilAborted(room, this.#ending.signal)
    }
  }

  #changed(pv: PvRecording, { type, name, time }: PvChange): void {
    this.#pvs.link(pv, type === 'connected')
    this.#events.tell({ type, pv: name, time })
  }

  /** Samples of timers leave with those of the same turn. */
  #soon(): void {
    if (!this.#flushed) return
    this.#flushed = false
    queueMicrotask(() => void this.#flush())
  }

  #flush(): Promise<unknown> | undefined {
    this.#flushed = true
    return this.#lanes.flush()
  }

  /** A monitor was refused, or ended by its server: the others go on, and it is asked for again. */
  #refused(name: string, reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    const pv = this.#pvs.get(name)
    if (pv !== undefined) pv.lastError = this.#mask.text(error.message)
    this.#events.tell({ type: 'refused', pv: name, error })
    if (this.#tries.refused(name)) this.#log(`${name}: ${error.message}; it is asked for again`)
  }

  async #askAgain(name: string): Promise<void> {
    const planned = this.#plan.pvs.get(name)
    if (planned !== undefined && this.#isOpen()) await this.#stream.update({ add: [memberOf(planned)] })
  }

  #isOpen(): boolean {
    return this.#closing === undefined
  }

  /** One change of the set at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#updating.then(work)
    this.#updating = turn.catch(() => undefined) // its caller has the error
    return turn
  }

  /**
   * Changes what is recorded, and how and where to, while it runs: by a difference of the PVs, or by a whole configuration.
   * What is added is asked for before what is removed is closed; PVs that stay keep their monitor, their counters and their
   * policy's state. A sink that changed is drained, for `drain` ms at most, and replaced; no sample falls between.
   *
   * @throws ConfigError when there are faults, also for what cannot change while it runs; nothing has changed then
   * @throws RecordError, `ERR_RECORD_START`, for a sink that can never work; nothing has changed then. `ERR_RECORD_STATE`
   * after close
   */
  update(
    to: RecordConfig | PvListChange,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<UpdateResult> {
    return this.#inTurn(async () => {
      const { signal } = readOptions(options, { signal: abortSignal }, 'update')
      signal?.throwIfAborted()
      if (!this.#isOpen()) throw new RecordError('the recorder is closed', { code: 'ERR_RECORD_STATE' })
      try {
        const config = changedConfig(this.#config, to)
        const plan = this.#planOf(config)
        const fixed = fixedFaults(this.#config, config)
        if (fixed.length > 0) throw errorOf(config, fixed)
        const result = await this.#apply(config, plan, signal)
        this.#reloading.done(config, result)
        return result
      } catch (error) {
        const masked = this.#mask.error(error)
        if (signal?.aborted !== true) this.#reloading.failed(masked)
        throw masked
      }
    })
  }

  async #apply(config: RecordConfig, plan: Plan, signal: AbortSignal | undefined): Promise<UpdateResult> {
    const { added, removed, differs, reopened } = differenceOf(this.#plan, plan)
    const change = await this.#lanes.prepare(config)
    this.#lanes.add(change)
    for (const pv of added) this.#pvs.add(this.#recording(pv))
    try {
      const add = [...added, ...reopened].map(memberOf)
      if (add.length + removed.length > 0)
        await this.#stream.update({ add, remove: removed }, { timeout: Infinity, signal })
    } catch (error) {
      for (const { name } of added) this.#pvs.takeBack(name)
      this.#lanes.takeBack(change)
      await this.#lanes.abandon(change)
      throw error
    }
    for (const { name, policy, sinks } of differs) this.#pvs.get(name)?.change(policy, this.#lanesOf(sinks))
    for (const name of removed) {
      this.#pvs.forget(name)
      this.#tries.forget(name)
    }
    this.#plan = { ...plan, name: this.#plan.name }
    this.#config = { ...config, name: this.#plan.name }
    this.#mask.add(config)
    this.#feed?.reroute()
    void this.#flush()
    await this.#settle(change, config)
    const result = { added: added.length, removed: removed.length, changed: differs.length }
    this.#events.tell({ type: 'updated', ...result })
    return { ...result, kept: plan.pvs.size - added.length - differs.length }
  }

  async #settle(change: LaneChange, { spool, drain = DRAIN }: RecordConfig): Promise<void> {
    const leftovers = await this.#lanes.settle(change, spool, drain)
    for (const { name, lost, left } of leftovers) {
      this.#lost += lost
      if (lost > 0) this.#log(`sink ${name}, which is gone: ${lost} samples are lost`)
      if (left > 0) this.#log(`sink ${name}, which is gone: ${left} samples stay in its spool`)
    }
    this.#outside.changed()
  }

  /**
   * Reads the file again that the configuration is from, and updates by it: what SIGHUP, `watch` and `POST /reload` do.
   *
   * @throws as {@link Recorder.update}; RecordError, `ERR_RECORD_STATE`, when the configuration is not from a file
   */
  reload(): Promise<UpdateResult> {
    return this.#reloading.reload()
  }

  /** What it does, as it is now. */
  status(): RecorderStatus {
    const sum = this.#pvs.counts
    const from = this.#feed?.status
    const sinks = Object.fromEntries(
      [...this.#lanes].map((lane) => [lane.name, this.#mask.status(lane.status)]),
    )
    const list = this.#list?.status
    return {
      name: this.#plan.name,
      state: this.#stateWith([...Object.values(sinks), from, list], from),
      since: this.#since,
      pvs: from?.pvs ?? this.#pvs.size,
      connected: from?.pvs ?? this.#pvs.connected,
      rate: this.#rate.of(from?.received ?? sum.written),
      received: from?.received ?? sum.received,
      withheld: sum.withheld,
      outOfOrder: sum.outOfOrder,
      futureTimes: sum.futureTimes,
      ...this.#reloading.status,
      sinks,
      ...(from !== undefined && { from }),
      ...(list !== undefined && { list }),
    }
  }

  #stateWith(
    parts: readonly (SinkStatus | BrokerStatus | undefined)[],
    from: BrokerStatus | undefined,
  ): RecorderState {
    if (this.#state !== 'running') return this.#state
    if (from?.state === 'failed') return 'failed'
    return parts.some((it) => it !== undefined && it.state !== 'ok') ? 'degraded' : 'running'
  }

  /** Where its status is served by HTTP. */
  get url(): string | undefined {
    return this.#outside.url
  }

  /** The server of its own PVs, with `status`. */
  get server(): Server | undefined {
    return this.#outside.server
  }

  /** What is known about one PV; undefined when it is not recorded. */
  pv(name: string): PvStatus | undefined {
    return this.#pvs.get(name)?.status
  }

  /** What is known about each PV. */
  *pvs(): Generator<PvStatus, void, undefined> {
    for (const pv of this.#pvs) yield pv.status
  }

  /** What happens from now on. A listener that does not take its events loses the oldest. */
  events(): AsyncIterableIterator<RecorderEvent> {
    return this.#events.listen()
  }

  /** Resolves when everything that was taken so far has left, or is on disk. */
  async flush(options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    const { signal } = readOptions(options, { signal: abortSignal }, 'flush')
    signal?.throwIfAborted()
    await this.#lanes.delivered(signal)
  }

  /** Opens files of JSON lines anew, after logs were rotated. */
  async reopen(): Promise<void> {
    await this.#lanes.reopen()
  }

  /** Samples that were given up at the end, because their sink did not take them in time. */
  get lost(): number {
    return this.#lost
  }

  /**
   * Closes the PVs, then delivers what waits for `drain` ms at most; with a spool, what is left stays on disk for the next
   * start. What is lost is counted in {@link Recorder.lost} and in the log.
   */
  async close(options?: { readonly drain?: number | undefined }): Promise<void> {
    const { drain = this.#config.drain ?? DRAIN } = readOptions(options, closeChecks, 'close')
    this.#closing ??= this.#close(drain)
    await this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(drain: number): Promise<number> {
    this.#state = 'stopping'
    this.#ending.abort()
    this.#reloading.end()
    await this.#list?.end()
    await this.#updating
    this.#tries.end()
    await this.#stream.stop()
    await this.#working
    for (const pv of this.#pvs) pv.end()
    this.#times.clear()
    await this.#feed?.end(drain)
    const left = await this.#lanes.close(drain)
    // What was read and not written was not committed: it comes again.
    if (this.#feed === undefined) this.#lost += left
    if (this.#lost > 0)
      this.#log(`${this.#lost} samples are lost: their sink did not take them within ${drain} ms`)
    if (this.#ownContext) await this.#context.close()
    this.#state = 'stopped'
    await this.#outside.close()
    this.#events.end()
    this.#resolveClosed()
    return this.#lost
  }
}

/** The same with these PVs in the place of a list. */
function withPvs({ list: _, ...config }: RecordConfig, pvs: readonly PvEntry[]): RecordConfig {
  return { ...config, pvs }
}
