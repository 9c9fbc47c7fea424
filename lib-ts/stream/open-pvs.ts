import type { MonitorChange } from '../client/index.js'
import { Connecting } from './connecting.js'
import { StreamEndedError, StreamStateError } from './errors.js'
import { Member, type MemberOwner } from './member.js'
import type { Monitors, PvChange, PvMember, PvSpec, PvUpdate } from './pv-source.js'
import { BoundedQueue } from './queue.js'
import type { ChangeOptions, OpenSource, SourceEvent } from './source.js'

/** Options of one monitor, but those that the source sets itself. */
export type MemberOptions = Readonly<Record<string, unknown>>

export interface PvSettings {
  readonly connect: 'all' | 'any' | 'none'
  /** Whether changes of connections are items too. */
  readonly events: boolean
  readonly signal: AbortSignal | undefined
  readonly onMemberError: ((name: string, error: unknown) => void) | undefined
  optionsOf(entry: string | PvMember): MemberOptions
}

type Item = PvUpdate | PvChange

const MOST_EVENTS = 100_000 // that nobody takes; then the oldest go

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/** A set of monitors that is open: their updates in one iteration, and which are in the set. */
export class OpenPvs implements OpenSource<PvSpec, Item>, AsyncIterableIterator<readonly Item[]> {
  readonly events = new BoundedQueue<SourceEvent>({ max: MOST_EVENTS, overflow: 'drop-oldest' })
  readonly #ctx: Monitors
  readonly #settings: PvSettings
  readonly #members = new Map<string, Member>()
  /** What the next taking gets. */
  #items: Item[] = []
  /** Members whose updates are among the items, and those whose updates were taken last: these listen again next. */
  #arrived: Member[] = []
  #taken: Member[] = []
  #waiting: ((result: IteratorResult<readonly Item[]>) => void) | undefined
  #waitingFails: ((reason: unknown) => void) | undefined
  #waking = false
  #ended = false
  #closing: Promise<void> | undefined
  #error: { readonly reason: unknown } | undefined
  readonly #owner: MemberOwner = {
    updated: (member, value, first) => {
      if (first) this.#arrived.push(member)
      this.#items.push({ name: member.name, value })
      if (!this.#waking) this.#wake()
    },
    changed: (member, change) => {
      this.#changed(member, change)
    },
    broke: (member, reason) => {
      this.#broke(member, reason)
    },
  }
  readonly #aborted = (): void => {
    this.#break(this.#settings.signal?.reason)
  }

  constructor(ctx: Monitors, settings: PvSettings) {
    this.#ctx = ctx
    this.#settings = settings
    settings.signal?.addEventListener('abort', this.#aborted, { once: true }) // one for all members
  }

  // Itself: it has one reader.
  get items(): AsyncIterable<readonly Item[]> {
    return this
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<readonly Item[]>> {
    if (this.#waiting !== undefined) {
      return Promise.reject(new StreamStateError('a source has one reader', { op: 'stream' }))
    }
    for (const member of this.#taken) member.listen()
    this.#taken = []
    if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#collect() })
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason is whatever the user gave
    if (this.#error !== undefined) return Promise.reject(this.#error.reason)
    if (this.#ended) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => {
      this.#waiting = resolve
      this.#waitingFails = reject
    })
  }

  /** Opens what is new, waits for it, and only then takes it in and closes what is gone. */
  async change(to: PvSpec, options: ChangeOptions<PvSpec>): Promise<void> {
    const { opened, gone } = this.#difference(to, options.delta)
    const fresh: Member[] = []
    try {
      for (const entry of opened) fresh.push(this.#monitor(entry))
      await this.#connected(fresh, options)
      if (this.#ended) throw new StreamEndedError('the source was closed', { op: 'stream' })
    } catch (error) {
      await Promise.all(fresh.map((member) => member.close()))
      throw error
    }
    const closing = gone.map((name) => this.#remove(name))
    for (const member of fresh) {
      closing.push(this.#remove(member.name))
      this.#members.set(member.name, member)
      member.release()
    }
    await Promise.all(closing)
  }

  /** Entries to be opened, because they are new or their options are others, and names to be closed. */
  #difference(to: PvSpec, delta: ChangeOptions<PvSpec>['delta']): { opened: PvSpec; gone: string[] } {
    const differs = (entry: string | PvMember): boolean =>
      this.#members.get(nameOf(entry))?.same(this.#settings.optionsOf(entry)) !== true
    if (delta !== undefined) {
      return { opened: delta.add.filter(differs), gone: delta.remove.map(nameOf) }
    }
    const wanted = new Set(to.map(nameOf))
    return { opened: to.filter(differs), gone: [...this.#members.keys()].filter((name) => !wanted.has(name)) }
  }

  #monitor(entry: string | PvMember): Member {
    const name = nameOf(entry)
    const options = this.#settings.optionsOf(entry)
    const subscription = this.#ctx.monitor(name, options)
    return new Member(name, options, subscription, this.#owner)
  }

  async #connected(fresh: readonly Member[], { signal, timeout }: ChangeOptions<PvSpec>): Promise<void> {
    const { connect } = this.#settings
    if (connect === 'none' || fresh.length === 0) return
    const any = connect === 'any'
    if (any && [...this.#members.values()].some((member) => member.connected)) return
    await new Connecting(fresh, { any, signal, timeout }).done
  }

  #remove(name: string): Promise<void> {
    const member = this.#members.get(name)
    this.#members.delete(name)
    return member?.close() ?? Promise.resolve()
  }

  #changed(member: Member, { type, time: date }: MonitorChange): void {
    const { name } = member
    const time = nsOf(date)
    if (type === 'finished') return
    member.connected = type === 'connected'
    this.events.tryPush({ type, id: name, time })
    if (!this.#settings.events) return
    this.#items.push({ name, type, time })
    this.#wake()
  }

  /** At the end of the turn, so that a batch holds what came for all members with it. */
  #wake(): void {
    if (this.#waiting === undefined || this.#waking) return
    this.#waking = true
    queueMicrotask(() => {
      this.#waking = false
      const waiting = this.#waiting
      if (waiting === undefined) return
      if (this.#items.length > 0) {
        this.#waiting = undefined
        waiting({ done: false, value: this.#collect() })
      } else if (this.#ended) {
        this.#waiting = undefined
        if (this.#error === undefined) waiting(DONE)
        else this.#waitingFails?.(this.#error.reason)
      }
    })
  }

  #collect(): Item[] {
    const items = this.#items
    this.#items = []
    this.#taken = this.#arrived
    this.#arrived = []
    return items
  }

  /** One monitor ended by itself: with it the source, or that member alone. */
  #broke(member: Member, reason: unknown): void {
    const { onMemberError } = this.#settings
    if (onMemberError === undefined) {
      this.#break(reason)
      return
    }
    if (this.#ended || this.#members.get(member.name) !== member) return
    this.#members.delete(member.name) // an update that adds it again opens it again
    void member.close()
    if (member.connected) this.#changed(member, { type: 'disconnected', time: new Date() })
    onMemberError(member.name, reason)
  }

  #break(reason: unknown): void {
    if (this.#ended) return
    this.#error = { reason }
    void this[Symbol.asyncDispose]()
  }

  async #close(): Promise<void> {
    this.#ended = true
    this.#settings.signal?.removeEventListener('abort', this.#aborted)
    this.events.end()
    const closing = [...this.#members.values()].map((member) => member.close())
    this.#members.clear()
    this.#arrived = []
    this.#taken = []
    this.#wake()
    await Promise.all(closing)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }
}

function nameOf(entry: string | PvMember): string {
  return typeof entry === 'string' ? entry : entry.name
}

function nsOf(time: Date): bigint {
  return BigInt(time.getTime()) * 1_000_000n
}
