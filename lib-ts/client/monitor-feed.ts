import type { DecodePlan, Fields, TypeDef, Value } from '../data/index.js'
import {
  annotate,
  ClosedError,
  InvalidArgumentError,
  PvaError,
  RemoteError,
  ResourceError,
} from '../errors.js'
import {
  EventCode,
  FRESH,
  Kind,
  type InboxRecord,
  type MonitorStats,
  ProgressCall,
  type Progress,
  type Timed,
} from '../native/index.js'
import { Attachment, type Ending } from './attachment.js'
import type { ContextCore } from './context-core.js'
import { checkSelection, type Selection } from './selection.js'
import { timeoutError } from './timeouts.js'
import { matchType } from './type-match.js'
import type { Unheard } from './unheard-monitors.js'
import type { Credit } from './update-credit.js'

/** What happens to a monitored PV. */
export type MonitorEvent<T = Fields> =
  | { readonly type: 'connected'; readonly peer: string; readonly time: Date }
  | { readonly type: 'disconnected'; readonly time: Date }
  | { readonly type: 'finished'; readonly time: Date }
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
  readonly credit: Credit
  /** What was asked for, by the names of the options. */
  readonly selection: Selection
  /** ms; Infinity: it searches for ever */
  readonly connectTimeout: number
  /** Whether its owner ends it after a time with an error: then nothing is said before. */
  readonly limited?: boolean
  /** Of errors: `monitor`. */
  readonly op?: string
}

const NONE: MonitorStats = {
  queued: 0,
  maxQueued: 0,
  limit: 0,
  squashedByServer: 0,
  squashedByClient: 0,
  handed: 0,
}

/** The receiving end of one subscription: decodes, and keeps the last value to build on. */
export class MonitorFeed extends Attachment implements Timed, Unheard {
  slot = 0
  readonly pv: string
  readonly ready: Promise<void>
  readonly #delivery: Delivery
  readonly #wanted: TypeDef | undefined
  readonly #selection: Selection
  readonly #connectTimeout: number
  readonly #limited: boolean
  readonly #op: string
  #server = ''
  readonly #credit: Credit
  #plan: DecodePlan | undefined
  #type = 0
  #last: Value | null = null
  #received = 0
  #peer: string | undefined
  #resolveReady!: () => void
  #rejectReady!: (reason: unknown) => void
  #lastStats: MonitorStats = NONE

  constructor(core: ContextCore, settings: FeedSettings, delivery: Delivery) {
    super(core, settings.signal)
    this.pv = settings.pv
    this.#delivery = delivery
    this.#wanted = settings.type
    this.#selection = settings.selection
    this.#connectTimeout = settings.connectTimeout
    this.#limited = settings.limited ?? false
    this.#op = settings.op ?? 'monitor'
    this.#credit = settings.credit
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve
      this.#rejectReady = reject
    })
    this.ready.catch(() => {
      // a caller that does not use `ready` gets the error elsewhere
    })
  }

  /** `host:port` of the server, while connected. */
  get peer(): string | undefined {
    return this.#peer
  }

  start(request: Uint8Array | null, server: string): void {
    this.#server = server
    this.attach(() => {
      this.#credit.id = this.id
      this.core.env.addon.monitor(
        this.id,
        this.core.id,
        this.pv,
        request,
        server,
        this.#credit.size,
        this.#credit.latest,
      )
    })
    if (!this.open) return
    if (this.#connectTimeout !== Infinity) this.core.env.deadlines.add(this, this.#connectTimeout)
    else if (!this.#limited) this.core.unheard.add(this)
  }

  /** How far it has come; undefined when it has ended. */
  progress(): Promise<Progress | undefined> {
    if (!this.open || this.core.env.ended) return Promise.resolve(undefined)
    return new ProgressCall(this.core.env, this.core.hold)
      .send((call) => this.core.env.addon.monitorPhase(this.id, call))
      .promise.catch(() => undefined)
  }

  /** The connectTimeout is over. */
  expired(): void {
    void this.late(this.#connectTimeout)
  }

  /** Ends it with what is known about why it has no value within `timeout` ms. */
  async late(timeout: number): Promise<void> {
    const progress = await this.progress()
    if (!this.open) return
    const { config, unresolved } = this.core
    const target = { op: this.#op, pv: this.pv }
    this.#fail(timeoutError({ target, timeout, server: this.#server, config, unresolved, progress }))
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
    if (this.#wanted !== undefined) matchType(this.#wanted, plan.type, this.#op, this.pv)
    checkSelection(this.#selection, plan.type, { op: this.#op, pv: this.pv })
    this.#plan = plan
    this.#type = record.type
    this.#last = null
  }

  #event({ flags, reader }: InboxRecord): void {
    const time = new Date(reader.f64())
    const text = reader.string()
    switch (flags) {
      case EventCode.Connected:
        this.#peer = text
        this.core.env.deadlines.delete(this)
        this.core.unheard.connected(this)
        this.#resolveReady()
        this.#delivery.event({ type: 'connected', peer: text, time })
        break
      case EventCode.Disconnected:
        this.#peer = undefined
        this.#delivery.event({ type: 'disconnected', time })
        break
      case EventCode.Finished:
        this.#delivery.event({ type: 'finished', time })
        void this.end({ how: 'finished' })
        break
      case EventCode.RemoteError:
        this.#fail(new RemoteError(text))
        break
      case EventCode.Argument:
        this.#fail(new InvalidArgumentError(text))
        break
      case EventCode.Resource:
        this.#fail(new ResourceError(`${this.#op}: PV ${JSON.stringify(this.pv)}: ${text}`))
        break
      default:
        this.#fail(new PvaError(`${this.#op}: PV ${JSON.stringify(this.pv)}: ${text}`))
    }
  }

  #fail(error: unknown): void {
    const reason = error instanceof PvaError ? annotate(error, { op: this.#op, pv: this.pv }) : error
    void this.end({ how: 'failed', reason })
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
    this.#peer = undefined
    this.core.env.deadlines.delete(this)
    this.core.unheard.delete(this)
    this.#credit.id = 0
    const reason =
      'reason' in ending
        ? ending.reason
        : new ClosedError('the subscription was closed', { op: this.#op, pv: this.pv })
    this.#rejectReady(reason)
    this.#delivery.ended(ending)
  }
}
