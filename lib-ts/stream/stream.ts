import { quote, readOptions } from '../input/index.js'
import { Attempt, patiently, type Outcome } from './attempt.js'
import {
  asError,
  checking,
  failedMembers,
  StreamArgumentError,
  StreamRollbackError,
  StreamStateError,
  StreamUpdateError,
} from './errors.js'
import { EventHub } from './event-hub.js'
import type { StreamEvent } from './events.js'
import {
  startChecks,
  streamChecks,
  TIMEOUT,
  updateChecks,
  type StartOptions,
  type StreamErrorInfo,
  type StreamOptions,
  type StreamStats,
  type UpdateOptions,
} from './options.js'
import { Pump, type Handler, type PumpCounts } from './pump.js'
import { queueOf, type BoundedQueue } from './queue.js'
import type { ListChange, OpenSource, Source, SourceEvent } from './source.js'
import { SpecKeeper, type Plan } from './spec.js'
import { StateMachine, type StreamState } from './states.js'

/**
 * Keeps a source alive, maps what it gives, and hands it out through a bounded queue.
 *
 * Iterate it by items or by {@link ManagedStream.batches}; several readers share the items. A queue that is full stops the
 * taking from the source. {@link ManagedStream.update} changes what is streamed while it runs: members that stay are not
 * touched. A stream that has stopped or failed is not started again: make another.
 *
 * @throws {@link StreamArgumentError} for bad options
 * @example
 * import { ManagedStream, pvSource } from 'node-pvxs/stream'
 *
 * await using stream = new ManagedStream(pvSource(ctx))
 * await stream.start(['lab:temp1'])
 * await stream.update({ add: ['lab:setpoint'] })
 * for await (const { name, value } of stream) {
 *   console.log(name, value.value)
 *   if (name === 'lab:setpoint') break
 * }
 */
export class ManagedStream<Spec, Item, Out = Item> implements AsyncIterable<Out>, AsyncDisposable {
  /** What was put out and waits to be taken. */
  readonly queue: BoundedQueue<Out>
  readonly #source: Source<Spec, Item>
  readonly #options: StreamOptions<Item, Out>
  readonly #keeper: SpecKeeper<Spec>
  readonly #states: StateMachine
  readonly #events = new EventHub<StreamEvent>()
  readonly #counts: PumpCounts = { received: 0, dropped: 0, handlerErrors: 0 }
  readonly #lost = new Set<string>()
  #updates = 0
  #rollbacks = 0
  #reconnects = 0
  #id: string | undefined
  #error: Error | undefined
  /** Whether somebody has had the error: a start, an update, a stop or an iteration. */
  #told = false
  #onError: ((error: Error, info: StreamErrorInfo<Spec>) => unknown) | undefined
  /** The call of the source that is pending. */
  #attempt: Attempt<unknown> | undefined
  #calling: Promise<unknown> | undefined
  #open: OpenSource<Spec, Item> | undefined
  #pump: Pump<Item, Out> | undefined
  #pumping: Promise<void> | undefined
  #closing: Promise<Error | undefined> | undefined
  #stopping: Promise<void> | undefined
  #keepQueue = false

  constructor(source: Source<Spec, Item>, options?: StreamOptions<Item, Out>) {
    if (typeof (source as Partial<Source<Spec, Item>> | null | undefined)?.open !== 'function') {
      throw new StreamArgumentError(`a source has a function "open"; ${quote(source)} has none`, {
        op: 'stream',
      })
    }
    const checked = checking('stream', () => readOptions(options, streamChecks, 'stream'))
    this.#source = source
    this.#options = checked as StreamOptions<Item, Out>
    this.queue = queueOf(this.#options.queue)
    this.#keeper = new SpecKeeper(source)
    this.#states = new StateMachine((from, to) => {
      this.#events.tell({ type: 'state', from, to, time: BigInt(Date.now()) * 1_000_000n })
      if (this.#states.ended) this.#events.end()
    })
  }

  /** Given by {@link ManagedStream.start}. */
  get id(): string | undefined {
    return this.#id
  }

  get state(): StreamState {
    return this.#states.state
  }

  #is(state: StreamState): boolean {
    return this.#states.state === state
  }

  /** What is streamed now, or was last. */
  get spec(): Spec | undefined {
    return this.#keeper.spec
  }

  /** What ended the stream; it stays. */
  get error(): Error | undefined {
    return this.#error
  }

  get stats(): StreamStats {
    return {
      received: this.#counts.received,
      delivered: this.queue.taken,
      queued: this.queue.size,
      dropped: this.#counts.dropped + this.queue.dropped,
      handlerErrors: this.#counts.handlerErrors,
      updates: this.#updates,
      rollbacks: this.#rollbacks,
      reconnects: this.#reconnects,
    }
  }

  /**
   * Opens the source and begins to stream; resolves with the stream's id when the source is open.
   *
   * @throws the source's own error, when it cannot be opened; the stream has failed then
   * @throws {@link StreamTimeoutError} when the time runs out, with the members that are missing
   * @throws {@link StreamStateError} for a second start, and when the stream is stopped meanwhile
   * @throws {@link StreamArgumentError} before anything is opened; the stream is idle still
   * @throws the signal's own reason
   */
  async start(spec: Spec, options?: StartOptions<Spec, Item, Out>): Promise<string> {
    const { handler, onError, timeout, signal } = checking('start', () =>
      readOptions(options, startChecks, 'start'),
    ) as StartOptions<Spec, Item, Out>
    if (this.state !== 'idle') {
      throw new StreamStateError(`the stream is ${this.state}: a stream is started once`, { op: 'start' })
    }
    const checked = this.#keeper.check(spec, 'start')
    signal?.throwIfAborted()
    this.#keeper.begin(checked)
    this.#onError = onError
    const id = globalThis.crypto.randomUUID()
    this.#id = id
    this.#states.to('starting')
    await this.#during(this.#start(checked, handler ?? this.#options.handler, timeout, signal))
    return id
  }

  async #start(
    checked: Spec,
    handler: Handler<Item, Out> | undefined,
    timeout: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const outcome = await this.#try('start', timeout, signal, (o) => this.#source.open(checked, o), dispose)
    if (outcome.how === 'late') this.#closing = patiently(dispose(outcome.value), 'closing the source')
    if (outcome.how !== 'done') return this.#notStarted(outcome)
    this.#open = outcome.value
    if (this.state === 'stopping') {
      await this.#close()
      throw stoppedError('start')
    }
    this.#run(outcome.value, handler)
  }

  /** What a stop waits for: a start or an update that is pending. */
  async #during<R>(call: Promise<R>): Promise<R> {
    this.#calling = call
    try {
      return await call
    } finally {
      this.#calling = undefined
    }
  }

  async #notStarted(outcome: Exclude<Outcome<unknown>, { how: 'done' }>): Promise<never> {
    await this.#closing
    if (this.#states.state !== 'starting') throw stoppedError('start')
    if (outcome.aborted) {
      this.#states.to('stopping')
      this.#end('stopped')
      throw outcome.error
    }
    const error = asError(outcome.error, 'opening the source')
    this.#told = true
    this.#stopping = Promise.resolve()
    this.#fail(error)
    throw error
  }

  #run(open: OpenSource<Spec, Item>, handler: Handler<Item, Out> | undefined): void {
    this.#pump = new Pump(open.items, {
      handler,
      queue: this.queue,
      onHandlerError:
        this.#options.onHandlerError === 'skip'
          ? (error) => this.#events.tell({ type: 'skipped', error: asError(error, 'the handler') })
          : 'fail',
      counts: this.#counts,
    })
    this.#states.to('running')
    this.#pumping = this.#pump.run().catch((error: unknown) => {
      this.#fail(asError(error, 'the stream'))
    })
    if (open.events !== undefined) {
      this.#follow(open.events).catch((error: unknown) => {
        if (this.#states.open) this.#fail(asError(error, 'the source'))
      })
    }
  }

  async #follow(events: AsyncIterable<SourceEvent>): Promise<void> {
    for await (const event of events) {
      if (!this.#states.open) return
      this.#events.tell(event)
      if (event.type === 'disconnected' && this.#keeper.has(event.id)) this.#lost.add(event.id)
      else if (event.type === 'connected') this.#found(event.id)
      if (this.state !== 'updating') this.#settle()
    }
  }

  #found(id: string): void {
    if (this.#lost.delete(id) && this.#lost.size === 0) this.#reconnects++
  }

  #settle(): void {
    this.#states.to(this.#lost.size > 0 ? 'reconnecting' : 'running')
  }

  /**
   * Changes what is streamed: opens what is new, then closes what is gone. What stays is not touched, and what is queued
   * stays queued. One update at a time.
   *
   * @throws {@link StreamRollbackError} when it failed and the stream goes on as it was
   * @throws {@link StreamUpdateError} when it failed and the stream with it
   * @throws {@link StreamStateError} before the start, during another update, after the end, or when stopped meanwhile
   * @throws {@link StreamArgumentError} before anything is opened
   * @throws the signal's own reason; the stream goes on as it was
   */
  async update(to: Spec | ListChange<Spec>, options?: UpdateOptions): Promise<void> {
    const checked = checking('update', () => readOptions(options, updateChecks, 'update'))
    const { state } = this
    const open = this.#open
    if (open === undefined || (state !== 'running' && state !== 'reconnecting')) {
      const why = state === 'updating' ? ': one update at a time' : ' and cannot be updated'
      throw new StreamStateError(`the stream is ${state}${why}`, { op: 'update' })
    }
    const plan = this.#keeper.plan(to)
    checked.signal?.throwIfAborted()
    this.#states.to('updating')
    await this.#during(this.#change(open, plan, checked))
  }

  async #change(open: OpenSource<Spec, Item>, plan: Plan<Spec>, options: UpdateOptions): Promise<void> {
    const { timeout, signal } = options
    const outcome = await this.#try(
      'update',
      timeout,
      signal,
      (o) => open.change(plan.to, { ...o, delta: plan.delta }),
      nothing,
    )
    if (!this.#is('updating')) throw await this.#overtaken(plan)
    if (outcome.how === 'done') {
      this.#updated(plan)
      return
    }
    const goesOn = (options.rollback ?? true) || outcome.aborted
    let asBefore = outcome.how === 'refused'
    if (goesOn && outcome.how === 'late') {
      // It did after all what it was no longer to do.
      const before = this.#keeper.spec as Spec
      const undone = await this.#try('update', timeout, undefined, (o) => open.change(before, o), nothing)
      if (!this.#is('updating')) throw await this.#overtaken(plan)
      asBefore = undone.how === 'done'
    }
    throw await this.#notUpdated(plan, outcome, asBefore, goesOn)
  }

  #updated(plan: Plan<Spec>): void {
    this.#keeper.apply(plan)
    this.#updates++
    for (const id of this.#lost) if (!this.#keeper.has(id)) this.#lost.delete(id)
    this.#settle()
  }

  /** The error of an update during which the stream was stopped or failed. */
  async #overtaken(plan: Plan<Spec>): Promise<Error> {
    await this.#closing
    if (this.#error === undefined) return stoppedError('update')
    const { message } = this.#error
    const failed = failedMembers(this.#error, plan.added)
    return new StreamUpdateError(`the stream failed during an update: ${message}`, {
      op: 'update',
      failed,
      cause: this.#error,
    })
  }

  async #notUpdated(
    plan: Plan<Spec>,
    outcome: Exclude<Outcome<unknown>, { how: 'done' }>,
    asBefore: boolean,
    goesOn: boolean,
  ): Promise<unknown> {
    const cause = asError(outcome.error, 'changing the source')
    const details = { op: 'update', failed: failedMembers(cause, plan.added), cause }
    if (asBefore && goesOn && !(cause instanceof StreamUpdateError)) {
      this.#rollbacks++
      this.#events.tell({ type: 'rollback', failed: details.failed })
      this.#settle()
      if (outcome.aborted) return outcome.error
      return new StreamRollbackError(`the update was rolled back: ${cause.message}`, details)
    }
    const what = goesOn ? 'the update failed, and so did its rollback' : 'the update failed'
    const error = new StreamUpdateError(`${what}: ${cause.message}`, details)
    this.#fail(error)
    await this.#closing
    this.#told = true
    return error
  }

  /** One call of the source, which a stop or a failure of the stream gives up too. */
  async #try<T>(
    op: string,
    timeout: number | undefined,
    signal: AbortSignal | undefined,
    work: ConstructorParameters<typeof Attempt<T>>[2],
    late: (value: T) => unknown,
  ): Promise<Outcome<T>> {
    const attempt = new Attempt<T>(op, timeout ?? TIMEOUT, work, late)
    const aborted = (): void => {
      attempt.abort(signal?.reason)
    }
    signal?.addEventListener('abort', aborted, { once: true })
    if (signal?.aborted === true) aborted()
    this.#attempt = attempt as Attempt<unknown>
    const outcome = await attempt.done
    this.#attempt = undefined
    signal?.removeEventListener('abort', aborted)
    return outcome
  }

  /**
   * Closes the source, and ends the queue, which can be read to its end unless `onStop` is `discard`. No handler runs when
   * it resolves, except one that does not end within a second. Stopping again does nothing.
   *
   * @throws the error that ended the stream, on the first call only; not that of a start
   */
  stop(): Promise<void> {
    const first = this.#stopping === undefined
    this.#stopping ??= this.#stop()
    return first ? this.#stopping : this.#stopping.catch(nothing)
  }

  async #stop(): Promise<void> {
    if (!this.#states.ended) {
      this.#states.to('stopping')
      this.#attempt?.abort(stoppedError('stop'))
      this.#pump?.stop()
      const handled = this.#pump?.busy === true && this.#pumping
      await Promise.allSettled([this.#calling, this.#close(), handled && patiently(handled, 'the handler')])
      const fault = await this.#closing
      if (fault !== undefined) this.#fail(fault)
      if (!this.#is('failed')) this.#end('stopped')
    }
    await this.#closing
    if (this.#options.onStop === 'discard') this.queue.clear()
    if (this.#error === undefined) return
    this.#told = true
    throw this.#error
  }

  #close(): Promise<Error | undefined> {
    const open = this.#open
    if (open === undefined) return Promise.resolve(undefined)
    this.#closing ??= patiently(dispose(open), 'closing the source').finally(() => this.#pump?.release())
    return this.#closing
  }

  #end(state: 'stopped' | 'failed'): void {
    this.#states.to(state)
    if (!this.#keepQueue) this.queue.end(this.#error)
  }

  /** Ends the stream by an error; only the first one counts. */
  #fail(error: Error): void {
    if (this.#states.ended) return
    this.#error = error
    this.#pump?.stop()
    this.#end('failed')
    this.#attempt?.abort(error)
    void this.#close()
    const info = { id: this.#id as string, spec: this.#keeper.spec as Spec }
    const warn = (thrown: unknown): void => {
      process.emitWarning(
        `onError of stream ${info.id} failed: ${asError(thrown, 'onError').message}`,
        'StreamWarning',
      )
    }
    try {
      Promise.resolve(this.#onError?.(error, info)).catch(warn)
    } catch (thrown) {
      warn(thrown)
    }
  }

  /** What happens to the stream from now on: its states, the source's events, skipped items, rollbacks. */
  events(): AsyncIterableIterator<StreamEvent> {
    return this.#events.listen()
  }

  /** Takes item after item, until the stream has ended and the queue is empty. Leaving the loop does not stop the stream. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Out> {
    return this.#telling(this.queue[Symbol.asyncIterator]())
  }

  /** Iterates by batches: everything that waits, at once, at least one. */
  batches(): AsyncIterableIterator<Out[]> {
    return this.#telling(this.queue.batches())
  }

  #telling<T>(iterator: AsyncIterableIterator<T>): AsyncIterableIterator<T> {
    const next = iterator.next.bind(iterator)
    iterator.next = () =>
      next().catch((error: unknown) => {
        if (error === this.#error) this.#told = true
        throw error
      })
    return iterator
  }

  /** Stops it; throws what {@link ManagedStream.stop} throws, unless an iteration or an update has thrown it already. */
  async [Symbol.asyncDispose](): Promise<void> {
    const told = this.#told
    try {
      await this.stop()
    } catch (error) {
      if (!told) throw error
    }
  }

  /**
   * Leaves the queue open at the end, for the streams that follow.
   * @internal
   */
  keepQueue(): void {
    this.#keepQueue = true
  }

  /**
   * Another stream over the same source, with the same options but for the queue.
   * @internal
   */
  renew(queue: StreamOptions<Item, Out>['queue']): ManagedStream<Spec, Item, Out> {
    const again = new ManagedStream(this.#source, { ...this.#options, queue })
    again.keepQueue()
    return again
  }

  /** @internal */
  get options(): StreamOptions<Item, Out> {
    return this.#options
  }
}

function stoppedError(op: string): StreamStateError {
  return new StreamStateError('the stream was stopped', { op })
}

async function dispose(open: AsyncDisposable): Promise<void> {
  await open[Symbol.asyncDispose]()
}

function nothing(): void {
  // the first caller has the error
}
