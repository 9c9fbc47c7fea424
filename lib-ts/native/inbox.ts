import { Reader, type DecodePlan, type Value } from '../data/index.js'
import { FORGET, HEAD, Kind, type Addon } from './addon.js'
import type { TypeTable } from './type-table.js'

/** Takes the records of one id. What `record` leaves unread is skipped; the record is valid only during the call. */
export interface Sink {
  record(record: InboxRecord): void
}

// ms that one turn may take of the thread (1 ms costs 1 % of the peak rate), and ms for which we look again by ourselves
// before a record may wake us: at 100,000 records/s the wake-ups would otherwise dominate the cost.
const BUDGET = 1
const LINGER = 1
// Calls settled in one turn: the code that awaits them runs after it, and our clock does not see its cost.
const CALLS = 32

/** The record being delivered. One object serves for all records, so nothing may keep it. */
export class InboxRecord {
  kind = 0
  flags = 0
  /** How many arrays travel beside it. */
  externals = 0
  id = 0
  type = 0
  /** Where the content ends in the reader. */
  end = 0
  /** Stands at the content. */
  reader: Reader
  readonly #addon: Addon
  readonly #types: TypeTable
  #taken = 0

  constructor(addon: Addon, types: TypeTable, reader: Reader) {
    this.#addon = addon
    this.#types = types
    this.reader = reader
  }

  /** The plan of the record's type. */
  get plan(): DecodePlan {
    return this.#types.plan(this.type)
  }

  planOf(type: number): DecodePlan {
    return this.#types.plan(type)
  }

  /** Reads changed bitset and fields, on top of `previous` or of the defaults; for a type that is not a structure, its value. */
  value(plan: DecodePlan, previous: Value | null): Value {
    if (plan.type.code !== 'struct') return plan.full(this.reader)
    return plan.update(this.reader, previous ?? plan.initial, this.externals, this.#take)
  }

  begin(reader: Reader): void {
    const { dv, p } = reader
    const head = dv.getUint32(p, true)
    this.kind = head & 255
    this.flags = (head >>> 8) & 255
    this.externals = head >>> 16
    this.end = p + HEAD + dv.getUint32(p + 4, true)
    this.id = dv.getUint32(p + 8, true)
    this.type = dv.getUint32(p + 12, true)
    this.reader = reader
    this.#taken = 0
    reader.p = p + HEAD
    reader.end = this.end
  }

  /** Arrays are handed out in the order of their records, so those that were not taken are taken now. */
  finish(): void {
    while (this.#taken < this.externals) this.#take()
    this.reader.p = (this.end + 7) & ~7
  }

  readonly #take = (): ArrayBuffer => {
    this.#taken++
    return this.#addon.takeExternal()
  }
}

interface Batch {
  /** -1: a buffer of its own, which goes with the garbage. */
  readonly slab: number
  readonly reader: Reader
  readonly bytes: number
}

/** Drains slabs, hands each record to the sink of its id, and decides when to look again. */
export class Inbox {
  readonly #addon: Addon
  readonly #types: TypeTable
  readonly #readers: Reader[]
  readonly #record: InboxRecord
  readonly #fatal: (error: unknown) => void
  readonly #held: () => boolean
  readonly #sinks = new Map<number, Sink>()
  readonly #kinds: (Sink | undefined)[] = []
  #rest: Batch | null = null
  #timer: NodeJS.Timeout | undefined
  #scheduled = false
  /** Until when a wake-up may be served at once; 0: the event loop has turned since the last. */
  #until = 0

  constructor(
    addon: Addon,
    types: TypeTable,
    slabs: readonly ArrayBuffer[],
    fatal: (error: unknown) => void,
    held: () => boolean,
  ) {
    this.#addon = addon
    this.#types = types
    this.#fatal = fatal
    this.#held = held
    this.#readers = slabs.map((slab) => new Reader(slab))
    this.#record = new InboxRecord(addon, types, new Reader(new ArrayBuffer(0)))
  }

  add(id: number, sink: Sink): void {
    this.#sinks.set(id, sink)
  }

  delete(id: number): void {
    this.#sinks.delete(id)
  }

  has(id: number): boolean {
    return this.#sinks.has(id)
  }

  /** For the kinds of record whose id the addon chose. */
  route(kind: number, sink: Sink): void {
    this.#kinds[kind] = sink
  }

  /**
   * The addon's wake-up. Node serves up to a thousand of them before the event loop turns, and another may come while we
   * deliver: so they have a budget too.
   */
  readonly wake = (): void => {
    if (this.#until !== 0 && performance.now() > this.#until) this.#later()
    else this.#turn()
  }

  readonly #looped = (): void => {
    this.#scheduled = false
    this.#until = 0
    this.#turn()
  }

  /** Delivers the waiting records, for at most the budget. */
  #turn(): void {
    const end = performance.now() + BUDGET
    let got = false
    let back = -1
    for (;;) {
      let batch = this.#rest
      this.#rest = null
      if (batch === null) {
        batch = this.#next(back, got)
        back = -1
        if (batch === null) break
      }
      got = true
      if (!this.#drain(batch, end)) {
        this.#rest = batch
        this.#later()
        return
      }
      back = batch.slab
      // Checked for each slab too: it may hold one big record, and the addon may fill slabs as fast as we drain them.
      if (performance.now() > end) {
        if (back >= 0) this.#addon.give(back)
        this.#later()
        return
      }
    }
    if (!got) return
    if (this.#until === 0) this.#until = end
    this.#again()
  }

  #next(back: number, got: boolean): Batch | null {
    const taken = this.#addon.take(back, got)
    if (taken === -2) return null
    if (typeof taken !== 'number') return { slab: -1, reader: new Reader(taken), bytes: taken.byteLength }
    const slab = Math.floor(taken / 4294967296)
    const reader = this.#readers[slab]
    if (reader === undefined) throw new Error(`slab ${slab} of ${this.#readers.length}`)
    reader.p = 0
    return { slab, reader, bytes: taken % 4294967296 }
  }

  /** False: out of time, more is left. */
  #drain(batch: Batch, end: number): boolean {
    const { reader, bytes } = batch
    const record = this.#record
    let count = 0
    let calls = 0
    while (reader.p < bytes) {
      if (calls === CALLS || ((++count & 31) === 0 && performance.now() > end)) return false
      record.begin(reader)
      if (record.kind === Kind.Result) calls++
      try {
        if (record.kind === Kind.Type) this.#types.define(record.id, reader, record.flags === FORGET)
        else (this.#kinds[record.kind] ?? this.#sinks.get(record.id))?.record(record)
      } catch (error) {
        this.#fatal(error) // the other sinks must still get their records
      }
      record.finish()
    }
    return true
  }

  // An unreferenced immediate waits for the poll to end, so a timer of one millisecond is better. A referenced one would
  // keep a process alive that has nothing left to do but listen.
  #later(): void {
    if (this.#scheduled) return
    if (this.#held()) {
      this.#scheduled = true
      setImmediate(this.#looped)
    } else {
      this.#again()
    }
  }

  #again(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(this.#looped, LINGER).unref()
    else this.#timer.refresh()
  }
}
