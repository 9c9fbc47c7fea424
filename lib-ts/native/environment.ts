import { Kind, type Addon } from './addon.js'
import { BatchedNotify } from './batched-notify.js'
import { CreditBank } from './credit.js'
import { Deadlines } from './deadlines.js'
import { Encoder } from './encoder.js'
import { Inbox, type Sink } from './inbox.js'
import { loadAddon } from './load.js'
import { nativeError } from './native-error.js'
import { TypeTable } from './type-table.js'

const SLABS = 16
const SLAB_BYTES = 65_536

/**
 * Everything one JavaScript thread has of the addon: the way in and the way out, ids, deadlines, and what keeps the
 * process alive.
 */
export class Environment {
  readonly addon: Addon
  readonly inbox: Inbox
  readonly deadlines = new Deadlines()
  readonly encoder = new Encoder()
  readonly credit = new CreditBank((pairs, count) => {
    if (!this.ended) this.addon.credit(pairs, count)
  })
  /** Told of each posted value. */
  readonly posted = new BatchedNotify(() => {
    if (!this.ended) this.addon.deliver()
  })
  #lastId = 0
  #holds = 0
  #listeners = 0
  // Tools that list open handles, such as Jest's --detectOpenHandles, leave out what does not keep the process alive.
  readonly #handle = { hasRef: (): boolean => this.#holds > 0 }
  /** The process is exiting: the addon takes no more calls. */
  ended = false
  #watchesExit = false
  #logs = false

  constructor(addon: Addon) {
    this.addon = addon
    const slabs = Array.from({ length: SLABS }, () => new ArrayBuffer(SLAB_BYTES))
    this.inbox = new Inbox(addon, new TypeTable(), slabs, this.fatal, () => this.#holds > 0)
    addon.attach(slabs)
  }

  /** A number that no living call, subscription, server, source or PV has. */
  newId(): number {
    do {
      this.#lastId = (this.#lastId + 1) >>> 0
    } while (this.#lastId === 0 || this.inbox.has(this.#lastId))
    return this.#lastId
  }

  /**
   * Counts what records may come for: calls, Contexts, servers that serve, and the log. With the last of them the addon gives
   * the handle back by which it wakes this thread, and with the next it makes one.
   */
  listen(by: 1 | -1): void {
    const after = this.#listeners + by
    if (!this.ended && (after === 0 || this.#listeners === 0))
      this.addon.listen(after > 0 ? this.inbox.wake : null, this.#handle)
    this.#listeners = after
  }

  /** Counts what keeps the process alive. */
  hold(by: 1 | -1): void {
    if (by === 1) this.listen(1)
    const before = this.#holds
    this.#holds += by
    if (before === 0 || this.#holds === 0) this.addon.hold(this.#holds > 0)
    if (by === -1) this.listen(-1)
  }

  /** Makes what a user's callback threw an uncaughtException, wherever the callback was called. */
  readonly fatal = (error: unknown): void => {
    this.addon.fatal(error)
  }

  /**
   * Stops everything when the process exits. With the first Context or Server, not before: on `process.exit()` no
   * clean-up hook runs, but destructors of statics do, while PVXS's threads still run.
   */
  watchExit(): void {
    if (this.#watchesExit) return
    this.#watchesExit = true
    process.once('exit', () => {
      this.ended = true
      this.addon.shutdown()
    })
  }

  /** Sends the lines of the log to `sink`, or, with null, no longer. */
  routeLog(sink: Sink | null): void {
    if (sink !== null) this.inbox.route(Kind.Log, sink)
    if ((sink !== null) === this.#logs) return
    this.#logs = sink !== null
    if (this.#logs) this.listen(1)
    this.addon.logTo(this.#logs)
    if (!this.#logs) this.listen(-1)
  }
}

// A mark on the addon's own object. Only one copy of these modules may use it, since values become that copy's classes.
const TAKEN = Symbol.for('node-pvxs.taken')

let current: Environment | undefined

/**
 * This thread's environment. The first call loads the addon; when these modules are loaded twice in one thread, as test
 * runners do, the second copy loads it once more.
 */
export function environment(): Environment {
  if (current === undefined) {
    let addon = loadAddon() as Addon & { [TAKEN]?: true }
    if (addon[TAKEN] === true) addon = loadAddon({ again: true }) as Addon
    try {
      current = new Environment(addon)
    } catch (error) {
      throw nativeError(error)
    }
    addon[TAKEN] = true
  }
  return current
}

/** The environment, if it is in use already. */
export function environmentIfLoaded(): Environment | undefined {
  return current
}
