import {
  environment,
  Kind,
  type Environment,
  type InboxRecord,
  type Sink,
  type Timed,
} from '../native/index.js'
import { Caller, type ChannelInfo } from './caller.js'

/** What the dispatcher needs of a PV. */
export interface PvTarget {
  occupied(on: boolean): void
  operation(record: InboxRecord, id: number, caller: Caller): void
}

/** What the dispatcher needs of a dynamic source. */
export interface SourceTarget {
  create(channel: number, info: ChannelInfo): void
}

/** A WeakRef, of which libraries before es2021 know nothing: the declarations of this class are shipped. */
interface Weak<T> {
  deref(): T | undefined
}

/** An operation that waits for its answer. */
export interface PendingOperation {
  cancelled(): void
}

// ms for which a PV that was made for a client is kept; by then the client's channel keeps it.
const ATTACH = 30_000

class Attaching implements Timed {
  slot = 0
  readonly pv: object
  readonly #held: Set<object>

  constructor(held: Set<object>, pv: object) {
    this.pv = pv
    this.#held = held
    held.add(this)
  }

  expired(): void {
    this.#held.delete(this)
  }
}

/**
 * Takes the records of all servers of a thread to the PVs, sources and operations that they are for.
 *
 * PVs and sources are known weakly, so that those that no server serves can be collected. A PV with a client on it, and a running
 * server with all it serves, are held here.
 */
export class Dispatcher implements Sink {
  readonly env: Environment
  readonly pvs = new Map<number, Weak<PvTarget>>()
  readonly sources = new Map<number, Weak<SourceTarget>>()
  readonly operations = new Map<number, PendingOperation>()
  /** ms a handler may take, by server. */
  readonly handlerTimeouts = new Map<number, number>()
  /** Servers that are about to stop. */
  readonly stopping = new Set<number>()
  readonly #callers = new Map<number, Caller>()
  readonly #held = new Set<object>()

  constructor(env: Environment) {
    this.env = env
    for (const kind of [
      Kind.Channel,
      Kind.ChannelClosed,
      Kind.Operation,
      Kind.Cancelled,
      Kind.Occupied,
      Kind.Create,
    ]) {
      env.inbox.route(kind, this)
    }
  }

  /** Keeps an object from being collected. */
  hold(what: object, on: boolean): void {
    if (on) this.#held.add(what)
    else this.#held.delete(what)
  }

  /** Keeps a PV for the moment between its making and its first channel. */
  holdBriefly(pv: object): void {
    this.env.deadlines.add(new Attaching(this.#held, pv), ATTACH)
  }

  record(record: InboxRecord): void {
    const { id, reader } = record
    switch (record.kind) {
      case Kind.Channel:
        this.#callers.set(id, Caller.read(reader))
        break
      case Kind.ChannelClosed:
        this.#callers.delete(id)
        break
      case Kind.Operation:
        this.#operation(record, id)
        break
      case Kind.Cancelled:
        this.operations.get(id)?.cancelled()
        break
      case Kind.Occupied:
        this.#occupied(id, record.flags === 1)
        break
      case Kind.Create:
        this.#create(id, reader.u32(), Caller.readInfo(reader))
    }
  }

  #operation(record: InboxRecord, id: number): void {
    const { reader } = record
    const caller = this.#callers.get(reader.u32())
    const pv = this.pvs.get(reader.u32())?.deref()
    if (pv === undefined || caller === undefined) this.env.addon.operationError(id, 'the PV is gone')
    else pv.operation(record, id, caller)
  }

  #occupied(id: number, on: boolean): void {
    const pv = this.pvs.get(id)?.deref()
    if (pv === undefined) return
    this.hold(pv, on)
    pv.occupied(on)
  }

  #create(channel: number, id: number, info: ChannelInfo): void {
    const source = this.sources.get(id)?.deref()
    if (source === undefined) this.env.addon.channelAttach(channel, 0)
    else source.create(channel, info)
  }
}

const dispatchers = new WeakMap<Environment, Dispatcher>()

/** This thread's dispatcher. */
export function dispatcher(): Dispatcher {
  const env = environment()
  let found = dispatchers.get(env)
  if (found === undefined) dispatchers.set(env, (found = new Dispatcher(env)))
  return found
}
