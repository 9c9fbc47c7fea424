import type { DecodePlan, Fields, TypeDef, Value } from '../data/index.js'
import { annotate, ClosedError, InvalidArgumentError, PvaError, RemoteError } from '../errors.js'
import { EventCode, FRESH, Kind, type InboxRecord, type MonitorStats } from '../native/index.js'
import { Attachment, type Ending } from './attachment.js'
import type { ContextCore } from './context-core.js'
import { matchType } from './type-match.js'

/** What happens to a monitored PV. */
export type MonitorEvent<T = Fields> =
  | { readonly type: 'connected'; readonly peer: string; readonly time: Date }
  | { readonly type: 'disconnected'; readonly time: Date }
  | { readonly type: 'finished' }
  | { readonly type: 'update'; readonly value: Value<T> }

/** A {@link MonitorEvent} that brings no update. */
export type MonitorChange = Exclude<MonitorEvent, { type: 'update' }>

/** Where a feed delivers to. */
export interface Delivery {
  update(value: Value): void
  event(event: MonitorChange): void
  ended(ending: Ending): void
}

export interface FeedSettings {
  readonly pv: string
  readonly signal: AbortSignal | undefined
  readonly type: TypeDef | undefined
  /** Updates the addon may send before some were taken; 0: no limit. */
  readonly credit: number
}

const NONE: MonitorStats = {
  queued: 0,
  maxQueued: 0,
  limit: 0,
  squashedByServer: 0,
  squashedByClient: 0,
  handed: 0,
}

/** The receiving end of one subscription: decodes, keeps the last value to build on, gives credit back. */
export class MonitorFeed extends Attachment {
  readonly pv: string
  readonly ready: Promise<void>
  /** What must not be collected while this is open: a subscription with callbacks, which nobody needs to keep. */
  keep: object | undefined
  readonly #delivery: Delivery
  readonly #wanted: TypeDef | undefined
  readonly #credit: number
  #plan: DecodePlan | undefined
  #type = 0
  #last: Value | null = null
  #taken = 0
  #received = 0
  #resolveReady!: () => void
  #rejectReady!: (reason: unknown) => void
  #lastStats: MonitorStats = NONE

  constructor(core: ContextCore, settings: FeedSettings, delivery: Delivery) {
    super(core, settings.signal)
    this.pv = settings.pv
    this.#delivery = delivery
    this.#wanted = settings.type
    this.#credit = settings.credit
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve
      this.#rejectReady = reject
    })
    this.ready.catch(() => {
      // who does not ask for `ready` hears of the error elsewhere
    })
  }

  start(request: Uint8Array | null, server: string): void {
    this.attach(() => {
      this.core.env.addon.monitor(this.id, this.core.id, this.pv, request, server, this.#credit)
    })
  }

  record(record: InboxRecord): void {
    if (record.kind === Kind.Update) this.#update(record)
    else if (record.kind === Kind.Event) this.#event(record)
  }

  #update(record: InboxRecord): void {
    this.#received++
    let value: Value
    try {
      if (record.type !== this.#type || this.#plan === undefined) this.#changeType(record)
      value = record.value(this.#plan as DecodePlan, (record.flags & FRESH) === 0 ? this.#last : null)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#last = value
    this.#delivery.update(value)
  }

  #changeType(record: InboxRecord): void {
    const { plan } = record
    if (this.#wanted !== undefined) matchType(this.#wanted, plan.type, 'monitor', this.pv)
    this.#plan = plan
    this.#type = record.type
    this.#last = null
  }

  #event({ flags, reader }: InboxRecord): void {
    const time = new Date(reader.f64())
    const text = reader.string()
    switch (flags) {
      case EventCode.Connected:
        this.#resolveReady()
        this.#delivery.event({ type: 'connected', peer: text, time })
        break
      case EventCode.Disconnected:
        this.#delivery.event({ type: 'disconnected', time })
        break
      case EventCode.Finished:
        this.#delivery.event({ type: 'finished' })
        void this.end({ how: 'finished' })
        break
      case EventCode.RemoteError:
        this.#fail(new RemoteError(text))
        break
      case EventCode.Argument:
        this.#fail(new InvalidArgumentError(text))
        break
      default:
        this.#fail(new PvaError(`monitor: PV ${JSON.stringify(this.pv)}: ${text}`))
    }
  }

  #fail(error: unknown): void {
    const reason = error instanceof PvaError ? annotate(error, { op: 'monitor', pv: this.pv }) : error
    void this.end({ how: 'failed', reason })
  }

  /** The consumer took updates; `waiting` are left. Half of the queue at a time is given back to the addon. */
  taken(updates: number, waiting: number): void {
    if (this.#credit === 0) return
    const owed = this.#taken * 2 >= this.#credit
    this.#taken += updates
    if (this.#taken * 2 < this.#credit) return
    if (!owed) this.core.env.owe(this)
    if (waiting === 0) this.core.env.settled()
  }

  repay(): number {
    const updates = this.open ? this.#taken : 0
    this.#taken = 0
    return updates
  }

  pause(on: boolean): void {
    if (this.open) this.core.env.addon.pause(this.id, on)
  }

  /** `queued` counts what the addon has handed over and we have not read yet, too. */
  stats(): MonitorStats {
    if (!this.open || this.core.env.ended) return this.#lastStats
    const now = this.core.env.addon.monitorStats(this.id)
    if (now !== null) this.#lastStats = { ...now, queued: now.queued + now.handed - this.#received }
    return this.#lastStats
  }

  protected detach(call: number): void {
    this.core.env.addon.monitorClose(this.id, call)
  }

  // The counters stay readable.
  protected override ending(): void {
    this.stats()
  }

  protected ended(ending: Ending): void {
    this.#last = null
    this.keep = undefined
    const reason =
      'reason' in ending
        ? ending.reason
        : new ClosedError('the subscription was closed', { op: 'monitor', pv: this.pv })
    this.#rejectReady(reason)
    this.#delivery.ended(ending)
  }
}
