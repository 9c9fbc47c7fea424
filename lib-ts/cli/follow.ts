// Subscriptions to several PVs: what comes is handed to a watcher, until enough came, the time is up, or none is left.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context, MonitorEvent, Subscription, Value } from '../index.js'
import { RemoteError, TimeoutError } from '../errors.js'
import { escapeLine } from '../input/index.js'
import type { CommandContext } from './context.js'
import * as options from './options.js'
import { aligned } from './output/width.js'
import { Turns } from './turns.js'

export type Connection = Exclude<MonitorEvent, { type: 'update' }>

/** What takes the updates. A promise that it gives is waited for, and nothing more is taken from that PV meanwhile. */
export interface Watcher {
  update(name: string, value: Value, seen: ReadonlySet<string> | undefined): Promise<void> | undefined
  /** `first`: of this PV. */
  connection(name: string, event: Connection, first: boolean): Promise<void> | undefined
  failed(name: string, error: unknown): void
  /** Resolves when the user wants no more. */
  readonly enough?: Promise<void>
  end?(): Promise<void>
}

export interface FollowOptions {
  readonly most: number | undefined
  readonly during: number | undefined
  readonly every: number | undefined
  readonly queueSize: number | undefined
  readonly pipeline: true | undefined
  readonly stats: boolean
  readonly latest: boolean
}

const PATIENCE = 5_000

/** Follows the PVs; gives the number of updates. A name that is there twice is followed once and handed on twice. */
export async function follow(
  context: CommandContext,
  names: readonly string[],
  watcher: Watcher,
  how: FollowOptions,
): Promise<number> {
  const ctx = await context.open()
  const enough = new AbortController()
  const signal = AbortSignal.any([context.signal, enough.signal])
  const done = (): void => enough.abort()
  void watcher.enough?.then(done)
  const timer = how.during === undefined ? undefined : setTimeout(done, how.during)
  const turns = new Turns()
  let updates = 0
  const count = (): boolean => ++updates === how.most
  const followed = [...new Set(names)].map((name) => {
    const times = names.filter((other) => other === name).length
    return new Followed({
      context,
      ctx,
      name,
      times,
      only: names.length === 1,
      watcher,
      how,
      signal,
      done,
      count,
      turns,
    })
  })
  await Promise.all(followed.map((one) => one.run()))
  clearTimeout(timer)
  if (how.stats) context.talk(statsText(followed))
  context.signal.throwIfAborted()
  return updates
}

interface Part {
  readonly context: CommandContext
  readonly ctx: Context
  readonly name: string
  readonly times: number
  /** Whether no other PV is followed. */
  readonly only: boolean
  readonly watcher: Watcher
  readonly how: FollowOptions
  readonly signal: AbortSignal
  /** Ends all. */
  readonly done: () => void
  /** Counts an update; true for the last one that is wanted. */
  readonly count: () => boolean
  readonly turns: Turns
}

/** One PV. */
class Followed {
  readonly name: string
  readonly #part: Part
  readonly #start = performance.now()
  #subscription: Pick<Subscription, 'close' | 'connected' | 'pause' | 'resume' | 'stats'> | undefined
  /** Ends the taking. */
  #stop: () => void = () => undefined
  #failed: (error: Error) => void = () => undefined
  /** What came while there was no room or time for it. */
  #waiting: MonitorEvent[] = []
  #pumping = false
  #paused = false
  /** Events that the last turn had time for. */
  #inTurn = 0
  #updates = 0
  #last: number | undefined
  #longestGap = 0
  #end = 0
  #connected = false
  #over = false
  /** The fields that came so far, where not all were asked for. */
  #seen: Set<string> | undefined

  constructor(part: Part) {
    this.#part = part
    this.name = part.name
    const { fields, request } = part.context.selection
    if (fields !== undefined || request !== undefined) this.#seen = new Set()
  }

  async run(): Promise<void> {
    const { context, signal, watcher } = this.#part
    const late = this.#watchTime()
    try {
      await this.#take()
    } catch (error) {
      if (signal.aborted) return
      watcher.failed(this.name, error)
      context.failed(this.name, error, this.#part.only)
    } finally {
      clearTimeout(late)
      this.#end = performance.now()
      this.#over = true
      await this.#subscription?.close()
    }
  }

  async #take(): Promise<void> {
    const { context, ctx, how, signal } = this.#part
    const what = {
      ...context.selection,
      ...context.target,
      connectTimeout: context.settings.of(options.timeout),
      signal,
    }
    if (how.latest) {
      const newest = ctx.monitor(this.name, { ...what, latest: true, events: true })
      this.#subscription = newest
      for await (const event of newest) await this.#handle(event)
      return
    }
    const { queueSize, pipeline } = how
    // By callbacks: an iterator gets a queue of updates in each turn, and what comes faster is merged meanwhile.
    await new Promise<void>((resolve, reject) => {
      this.#stop = resolve
      this.#failed = reject
      signal.addEventListener('abort', () => resolve(), { once: true })
      const take = (event: MonitorEvent): void => this.#receive(event)
      this.#subscription = ctx.monitor(this.name, {
        ...what,
        queueSize,
        pipeline,
        onUpdate: (value: Value) => take({ type: 'update', value }),
        onEvent: take,
        onError: reject,
      })
    })
  }

  /** Shows it now, or in its turn when there is no room or time. */
  #receive(event: MonitorEvent): void {
    if (this.#pumping) {
      this.#waiting.push(event)
      // As much as a few turns take, and what is small may be much.
      if (this.#waiting.length > 16 + 4 * this.#inTurn) this.#pause()
      return
    }
    const room = this.#shown(event)
    if (room !== undefined) void this.#pump(room)
  }

  #shown(event: MonitorEvent): Promise<void> | undefined {
    const { signal, turns } = this.#part
    if (signal.aborted) return undefined
    try {
      const room = this.#show(event)
      if (room !== undefined) this.#pause() // a reader that does not read: the server merges
      return room ?? turns.next()
    } catch (error) {
      this.#failed(error as Error)
      return undefined
    }
  }

  async #pump(room: Promise<void>): Promise<void> {
    this.#pumping = true
    await room
    let shown = 0
    for (let k = 0; k < this.#waiting.length; k++) {
      const wait = this.#shown(this.#waiting[k] as MonitorEvent)
      shown++
      if (wait === undefined) continue
      this.#waiting.splice(0, k + 1)
      k = -1
      this.#inTurn = shown
      shown = 0
      await wait
    }
    this.#waiting = []
    this.#pumping = false
    if (!this.#paused) return
    this.#paused = false
    if (!this.#over) this.#subscription?.resume()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#subscription?.pause()
  }

  async #handle(event: MonitorEvent): Promise<void> {
    const { how, signal, turns } = this.#part
    await this.#show(event)
    if (event.type !== 'update' || signal.aborted) return
    await turns.next()
    if (how.every !== undefined) await sleep(how.every, undefined, { signal })
  }

  /** Hands it to the watcher; a promise when there is no room for more. */
  #show(event: MonitorEvent): Promise<void> | undefined {
    const { watcher, context, times, count, done } = this.#part
    if (event.type !== 'update') {
      const first = event.type === 'connected' && !this.#connected
      this.#connected ||= first
      const room = watcher.connection(this.name, event, first)
      if (event.type === 'finished') throw new RemoteError('the server ended the subscription')
      return room
    }
    const { value } = event
    this.#note()
    if (this.#seen !== undefined) for (const path of context.asked(value.$changed)) this.#seen.add(path)
    let room: Promise<void> | undefined
    for (let k = 0; k < times; k++) {
      room = watcher.update(this.name, value, this.#seen) ?? room
      if (!count()) continue
      done()
      break
    }
    return room
  }

  #note(): void {
    const now = performance.now()
    this.#updates++
    if (this.#last !== undefined) this.#longestGap = Math.max(this.#longestGap, now - this.#last)
    this.#last = now
  }

  /** With -w a PV that has no value by then fails; without, that it is not there is told once. */
  #watchTime(): NodeJS.Timeout | undefined {
    const limit = this.#part.context.settings.of(options.timeout)
    if (limit === Infinity) return undefined
    if (limit === undefined) return setTimeout(() => this.#tellLate(), PATIENCE)
    return setTimeout(() => this.#tooLate(limit), limit)
  }

  #tellLate(): void {
    if (this.#updates > 0) return
    const state = this.#subscription?.connected === true ? 'sent no value' : 'was not found'
    this.#part.context.note(`${this.name}: ${state} within ${PATIENCE / 1_000} s; waiting on`)
  }

  // Of a PV that was never connected the subscription itself says how far it came.
  #tooLate(limit: number): void {
    if (this.#updates > 0 || this.#over || !this.#connected) return
    this.#fail(new TimeoutError(`sent no value within ${limit / 1_000} s`))
  }

  #fail(error: Error): void {
    this.#over = true
    this.#part.watcher.failed(this.name, error)
    this.#part.context.failed(this.name, error, this.#part.only)
    void this.#subscription?.close()
    this.#stop()
  }

  get row(): string[] {
    const { squashedByServer = 0, squashedByClient = 0 } = this.#subscription?.stats ?? {}
    const seconds = Math.max(1e-3, ((this.#end || performance.now()) - this.#start) / 1_000)
    return [
      escapeLine(this.name),
      String(this.#updates),
      (this.#updates / seconds).toFixed(1),
      String(squashedByServer),
      String(squashedByClient),
      `${(this.#longestGap / 1_000).toFixed(3)} s`,
    ]
  }
}

function statsText(followed: readonly Followed[]): string {
  const rows = [
    ['PV', 'updates', 'updates/s', 'squashed by server', 'by client', 'longest gap'],
    ...followed.map((one) => one.row),
  ]
  return aligned(rows, new Set([1, 2, 3, 4, 5]))
    .map((line) => `${line}\n`)
    .join('')
}
