import { encodeChanged, encodeType, encodeTyped, Writer, type TypeDef, type Value } from '../data/index.js'
import { Kind, type Addon } from './addon.js'
import { BatchedNotify } from './batched-notify.js'
import { Deadlines } from './deadlines.js'
import { Inbox, type Sink } from './inbox.js'
import { loadAddon } from './load.js'
import { Types } from './type-table.js'

const SLABS = 16
const SLAB_BYTES = 65_536

/** A subscription that owes the addon credit for updates that were taken. */
export interface CreditSource {
  readonly id: number
  /** How many, from now on none. */
  repay(): number
}

/**
 * Everything one JavaScript thread has of the addon: the slabs, the ids, the deadlines, and what keeps the process alive.
 */
export class Environment {
  readonly addon: Addon
  readonly inbox: Inbox
  readonly deadlines = new Deadlines()
  /** For what is encoded and handed over within one call. */
  readonly writer = new Writer()
  /** Values that were posted. */
  readonly posted = new BatchedNotify(() => {
    if (!this.ended) this.addon.deliver()
  })
  #lastId = 0
  #holds = 0
  /** The process is exiting: the addon takes no more calls. */
  ended = false
  #watchesExit = false
  readonly #debtors: CreditSource[] = []
  #settled = 0
  #repaying = false
  #credit = new Uint32Array(64)
  readonly #shared = new Map<string, unknown>()

  constructor(addon: Addon) {
    this.addon = addon
    const slabs = Array.from({ length: SLABS }, () => new ArrayBuffer(SLAB_BYTES))
    this.inbox = new Inbox(addon, new Types(), slabs, this.fatal, () => this.#holds > 0)
    addon.attach(slabs, this.inbox.wake)
  }

  /** A number that no living call, subscription, server, source or PV has. */
  newId(): number {
    do {
      this.#lastId = (this.#lastId + 1) >>> 0
    } while (this.#lastId === 0 || this.inbox.has(this.#lastId))
    return this.#lastId
  }

  /** The one object of that name, made at first use. */
  shared<T>(name: string, make: () => T): T {
    let found = this.#shared.get(name) as T | undefined
    if (found === undefined) this.#shared.set(name, (found = make()))
    return found
  }

  /** Type and full value, in bytes of their own. */
  typed(value: Value): Uint8Array {
    this.writer.reset()
    encodeTyped(this.writer, value)
    return Buffer.from(this.writer.bytes())
  }

  /** Changed bitset and marked fields; to be handed over before anything else is encoded. */
  changed(value: Value): Uint8Array {
    this.writer.reset()
    encodeChanged(this.writer, value)
    return this.writer.bytes()
  }

  /** The description of a type, in bytes of its own. */
  described(type: TypeDef): Uint8Array {
    this.writer.reset()
    encodeType(this.writer, type)
    return this.writer.bytes().slice()
  }

  /**
   * Gives the addon its credit for all subscriptions in one call, since each call may wake the thread that pops: when the
   * consumers have taken all there is, and at the latest when this turn of the event loop is over.
   */
  owe(debtor: CreditSource): void {
    this.#debtors.push(debtor)
    if (this.#repaying) return
    this.#repaying = true
    setImmediate(() => {
      this.#repaying = false
      this.#repay()
    })
  }

  /** The consumer of one that owes has taken all there is. */
  settled(): void {
    if (++this.#settled >= this.#debtors.length) this.#repay()
  }

  #repay(): void {
    const debtors = this.#debtors
    this.#settled = 0
    if (this.#credit.length < debtors.length * 2) this.#credit = new Uint32Array(debtors.length * 4)
    const pairs = this.#credit
    let count = 0
    for (const debtor of debtors) {
      const updates = debtor.repay()
      if (updates === 0) continue
      pairs[count * 2] = debtor.id
      pairs[count * 2 + 1] = updates
      count++
    }
    debtors.length = 0
    if (count > 0 && !this.ended) this.addon.credit(pairs, count)
  }

  /** Counts who wants the process kept alive. */
  hold(by: 1 | -1): void {
    const before = this.#holds
    this.#holds += by
    if (before === 0 || this.#holds === 0) this.addon.hold(this.#holds > 0)
  }

  /** What a user's callback threw: an uncaughtException, whatever called the callback. */
  readonly fatal = (error: unknown): void => {
    this.addon.fatal(error)
  }

  /**
   * Stops everything when the process exits. With the first Context or Server, not before: on `process.exit()` no
   * clean-up hook runs, but destructors of statics do, under the feet of PVXS's threads.
   */
  watchExit(): void {
    if (this.#watchesExit) return
    this.#watchesExit = true
    process.once('exit', () => {
      this.ended = true
      this.addon.shutdown()
    })
  }

  routeLog(sink: Sink): void {
    this.inbox.route(Kind.Log, sink)
  }
}

// On the addon's own object: one copy of these modules may use it, since what it decodes becomes that copy's classes.
const TAKEN = Symbol.for('node-pvxs.taken')

let current: Environment | undefined

/** This thread's environment. The first call loads the addon; that of modules that are loaded twice in one thread, as test
 * runners do, loads it once more. */
export function environment(): Environment {
  if (current === undefined) {
    let addon = loadAddon() as Addon & { [TAKEN]?: true }
    if (addon[TAKEN] === true) addon = loadAddon({ again: true }) as Addon
    addon[TAKEN] = true
    current = new Environment(addon)
  }
  return current
}

/** The environment if anything has needed it yet. */
export function environmentIfLoaded(): Environment | undefined {
  return current
}
