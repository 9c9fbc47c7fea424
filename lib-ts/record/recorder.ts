import { join } from 'node:path'
import { Context } from '../client/index.js'
import { InvalidArgumentError } from '../errors.js'
import { abortSignal, readOptions } from '../input/index.js'
import {
  EventHub,
  ManagedStream,
  pvSource,
  type PvChange,
  type PvMember,
  type PvUpdate,
} from '../stream/index.js'
import { Spool, type Sample } from '../telemetry/index.js'
import { changedConfig, differenceOf, type PvListChange } from './config/change.js'
import { checkedPlan } from './config/checked.js'
import type { RecordConfig, SinkConfig } from './config/config.js'
import type { Plan, PlannedPv } from './config/plan.js'
import { Counts } from './counts.js'
import { RecordError } from './errors.js'
import { Lane, type LaneListener } from './lane.js'
import { openSink, type OpenSink } from './open-sink.js'
import { monotonic, Timetable } from './policy/timetable.js'
import { PvRecording, type PvStatus } from './pv-recording.js'
import { SecondTries } from './second-tries.js'
import { closeChecks, startChecks, type StartOptions } from './start-options.js'
import { Rate, type RecorderEvent, type RecorderState, type RecorderStatus } from './status.js'

/** What an update did, in numbers of PVs. */
export interface UpdateResult {
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly kept: number
}

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
  readonly #pvs = new Map<string, PvRecording>()
  readonly #lanes = new Map<string, Lane>()
  readonly #opened: Map<string, OpenSink>
  readonly #events = new EventHub<RecorderEvent>()
  readonly #tries = new SecondTries((name) => {
    void this.#inTurn(() => this.#askAgain(name))
  })
  readonly #rate = new Rate()
  readonly #listener: LaneListener = {
    changed: ({ name, state }, error) => {
      this.#log(`sink ${name}: ${error === undefined ? 'works again' : error.message}`)
      this.#events.tell({ type: 'sink', sink: name, state, ...(error === undefined ? {} : { error }) })
    },
    rejected: ({ name }, refused, reason) => {
      this.#rejected(name, refused, reason)
    },
  }
  #plan: Plan
  #config: RecordConfig
  #state: RecorderState = 'starting'
  #connected = 0
  readonly #gone = new Counts()
  #reloads = 0
  #working: Promise<void> = Promise.resolve()
  #updating: Promise<unknown> = Promise.resolve()
  #closing: Promise<number> | undefined
  #resolveClosed!: () => void
  #lost = 0
  #flushed = true

  private constructor(
    config: RecordConfig,
    plan: Plan,
    options: StartOptions,
    opened: Map<string, OpenSink>,
  ) {
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    this.#config = config
    this.#plan = plan
    this.#opened = opened
    this.#log = options.log ?? (() => undefined)
    this.#ownContext = options.context === undefined
    this.#context = options.context ?? new Context(config.pva)
    const source = pvSource(this.#context, {
      connect: 'none',
      events: true,
      onMemberError: (name, error) => {
        this.#refused(name, error)
      },
    })
    this.#stream = new ManagedStream(source)
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
    const opened = new Map<string, OpenSink>()
    const spools = new Map<string, Spool>()
    let recorder: Recorder | undefined
    try {
      for (const [name, sink] of Object.entries(plan.sinks)) {
        opened.set(name, await openSink(name, sink, read.sinks ?? {}))
        const spool = await openSpool(name, config)
        if (spool !== undefined) spools.set(name, spool)
        read.signal?.throwIfAborted()
      }
      recorder = new Recorder(config, plan, read, opened)
      await recorder.#begin(spools)
      return recorder
    } catch (error) {
      if (recorder !== undefined) await recorder.close({ drain: 0 })
      else {
        for (const { sink } of opened.values()) await sink.close()
        for (const spool of spools.values()) await spool.close()
      }
      throw error
    }
  }

  async #begin(spools: ReadonlyMap<string, Spool>): Promise<void> {
    for (const [name, { sink }] of this.#opened) {
      const { batch = {} } = this.#plan.sinks[name] as SinkConfig
      this.#lanes.set(name, new Lane(name, sink, batch, spools.get(name), this.#listener))
    }
    for (const pv of this.#plan.pvs.values()) this.#pvs.set(pv.name, this.#recording(pv))
    await this.#stream.start([...this.#plan.pvs.values()].map(memberOf), { timeout: Infinity })
    this.#state = 'running'
    this.#working = this.#work()
  }

  #recording({ name, policy, sinks }: PlannedPv): PvRecording {
    return new PvRecording(name, policy, this.#lanesOf(sinks), this.#times, () => {
      this.#soon()
    })
  }

  #lanesOf(sinks: readonly string[]): Lane[] {
    return sinks.map((name) => this.#lanes.get(name) as Lane)
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
      if (room !== undefined) await room
    }
  }

  #changed(pv: PvRecording, { type, name, time }: PvChange): void {
    const connected = type === 'connected'
    if (pv.linked !== connected) this.#connected += connected ? 1 : -1
    pv.linked = connected
    if (!connected) pv.disconnected()
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
    let rooms: Promise<void>[] | undefined
    for (const lane of this.#lanes.values()) {
      const room = lane.flush()
      if (room !== undefined) (rooms ??= []).push(room)
    }
    return rooms === undefined ? undefined : Promise.all(rooms)
  }

  /** A monitor was refused, or ended by its server: the others go on, and it is asked for again. */
  #refused(name: string, reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    const pv = this.#pvs.get(name)
    if (pv !== undefined) pv.lastError = error.message
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
   * Changes which PVs are recorded, and how, while it runs: by a difference, or by a whole configuration. What is added is
   * asked for before what is removed is closed; PVs that stay keep their monitor, their counters and their policy's state.
   *
   * @throws ConfigError when there are faults; nothing has changed then
   * @throws RecordError, `ERR_RECORD_STATE`, after close
   */
  update(
    to: RecordConfig | PvListChange,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<UpdateResult> {
    return this.#inTurn(async () => {
      const { signal } = readOptions(options, { signal: abortSignal }, 'update')
      signal?.throwIfAborted()
      if (!this.#isOpen()) throw new RecordError('the recorder is closed', { code: 'ERR_RECORD_STATE' })
      const config = changedConfig(this.#config, to)
      const plan = checkedPlan(config)
      this.#refuseOtherSinks(plan)
      return this.#apply(config, plan, signal)
    })
  }

  #refuseOtherSinks(plan: Plan): void {
    const same = JSON.stringify(plan.sinks) === JSON.stringify(this.#plan.sinks)
    if (!same)
      throw new InvalidArgumentError(
        'the sinks of a recorder that runs cannot be changed: start another one',
        {
          op: 'update',
        },
      )
  }

  async #apply(config: RecordConfig, plan: Plan, signal: AbortSignal | undefined): Promise<UpdateResult> {
    const { added, removed, differs, reopened } = differenceOf(this.#plan, plan)
    for (const pv of added) this.#pvs.set(pv.name, this.#recording(pv))
    try {
      const add = [...added, ...reopened].map(memberOf)
      if (add.length + removed.length > 0)
        await this.#stream.update({ add, remove: removed }, { timeout: Infinity, signal })
    } catch (error) {
      for (const { name } of added) this.#pvs.delete(name)
      throw error
    }
    for (const { name, policy, sinks } of differs) this.#pvs.get(name)?.change(policy, this.#lanesOf(sinks))
    for (const name of removed) this.#forget(name)
    this.#plan = plan
    this.#config = config
    this.#reloads++
    void this.#flush()
    const result = { added: added.length, removed: removed.length, changed: differs.length }
    this.#events.tell({ type: 'updated', ...result })
    return { ...result, kept: plan.pvs.size - added.length - differs.length }
  }

  #forget(name: string): void {
    const pv = this.#pvs.get(name)
    if (pv === undefined) return
    pv.end()
    this.#pvs.delete(name)
    if (pv.linked) this.#connected--
    this.#tries.forget(name)
    this.#gone.add(pv)
  }

  /** What it does, as it is now. */
  status(): RecorderStatus {
    const sum = this.#gone.with(this.#pvs.values())
    const sinks = Object.fromEntries([...this.#lanes].map(([name, lane]) => [name, lane.status]))
    const degraded = this.#state === 'running' && Object.values(sinks).some(({ state }) => state !== 'ok')
    return {
      name: this.#plan.name,
      state: degraded ? 'degraded' : this.#state,
      since: this.#since,
      pvs: this.#pvs.size,
      connected: this.#connected,
      rate: this.#rate.of(sum.written),
      received: sum.received,
      withheld: sum.withheld,
      outOfOrder: sum.outOfOrder,
      futureTimes: sum.futureTimes,
      reloads: this.#reloads,
      sinks,
    }
  }

  /** What is known about one PV; undefined when it is not recorded. */
  pv(name: string): PvStatus | undefined {
    return this.#pvs.get(name)?.status
  }

  /** What is known about each PV. */
  *pvs(): Generator<PvStatus, void, undefined> {
    for (const pv of this.#pvs.values()) yield pv.status
  }

  /** What happens from now on. A listener that does not take its events loses the oldest. */
  events(): AsyncIterableIterator<RecorderEvent> {
    return this.#events.listen()
  }

  #rejected(sink: string, samples: readonly Sample[], reason: string): void {
    for (const { series } of samples) {
      const pv = this.#pvs.get(series.id)
      if (pv === undefined) continue
      pv.rejected++
      pv.lastError = reason
    }
    this.#log(`sink ${sink}: refused ${samples.length} samples: ${reason}`)
    this.#events.tell({ type: 'rejected', sink, count: samples.length, reason })
  }

  /** Resolves when everything that was taken so far has left, or is on disk. */
  async flush(options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    const { signal } = readOptions(options, { signal: abortSignal }, 'flush')
    signal?.throwIfAborted()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.delivered(signal)))
  }

  /** Opens files of JSON lines anew, after logs were rotated. */
  async reopen(): Promise<void> {
    for (const one of this.#opened.values()) await one.reopen?.()
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
    this.#tries.end()
    await this.#stream.stop()
    await this.#working
    for (const pv of this.#pvs.values()) pv.end()
    this.#times.clear()
    const lost = await Promise.all([...this.#lanes.values()].map((lane) => lane.close(drain)))
    this.#lost = lost.reduce((sum, one) => sum + one, 0)
    if (this.#lost > 0)
      this.#log(`${this.#lost} samples are lost: their sink did not take them within ${drain} ms`)
    if (this.#ownContext) await this.#context.close()
    this.#state = 'stopped'
    this.#events.end()
    this.#resolveClosed()
    return this.#lost
  }
}

async function openSpool(name: string, { spool }: RecordConfig): Promise<Spool | undefined> {
  if (spool === undefined) return undefined
  const { dir, maxBytes, sync } = spool
  try {
    return await Spool.open(join(dir, name), { maxBytes, sync })
  } catch (cause) {
    throw new RecordError(`sink ${JSON.stringify(name)}: ${(cause as Error).message}`, {
      code: 'ERR_RECORD_START',
      sink: name,
      cause,
    })
  }
}

function memberOf({ name, policy: { queueSize } }: PlannedPv): PvMember {
  return queueSize === undefined ? { name } : { name, queueSize }
}
