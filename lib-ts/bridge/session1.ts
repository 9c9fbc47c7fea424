import { quote } from '../input/index.js'
import { ClosedError } from '../errors.js'
import { BridgeError, readMessage1, withoutMarkup } from '../pvws/index.js'
import { Due } from './due.js'
import { addressOf, type Address } from './names.js'
import type { Feed } from './feed.js'
import type { Hub } from './hub.js'
import type { Who } from './gate.js'
import type { ClientSocket } from './socket.js'
import { LocalPvs } from './local-pvs.js'
import { errorMessage } from './text1.js'
import { Watch, type Line } from './watch.js'

// ms after which a PV without a value is told as not found.
const NOT_FOUND = 3_000

/** One client that speaks version 1: what it is subscribed to, and what it writes. */
export class Session1 implements Line {
  readonly socket: ClientSocket
  readonly #hub: Hub
  readonly #who: Who
  readonly #locals = new LocalPvs()
  readonly #watches = new Map<string, Watch>()
  readonly #due = new Due()
  readonly #unseen = new Set<Watch>()
  readonly #asking = new Set<string>()
  readonly #writing = new Map<string, Promise<void>>()
  #pending = 0
  #looking: NodeJS.Timeout | undefined

  constructor(hub: Hub, socket: ClientSocket, who: Who) {
    this.#hub = hub
    this.socket = socket
    this.#who = who
    socket.listen(this.#heard, this.#tooMany, this.#due.flush, this.#closed)
  }

  get subscriptions(): number {
    return this.#watches.size
  }

  /** The names it asked for, with whether there is a value. */
  *watched(): Iterable<{ readonly name: string; readonly connected: boolean }> {
    for (const { asked, feed } of this.#watches.values()) yield { name: asked, connected: feed.connected }
  }

  get room(): boolean {
    return this.socket.room
  }

  send(text: string): void {
    this.socket.send(text)
  }

  later(watch: Watch, at: number): void {
    if (this.#due.add(watch, at)) this.#hub.counters.merged++
  }

  failed(watch: Watch, error: Error): void {
    this.#forget(watch)
    this.#error(error, watch.asked)
  }

  readonly #heard = (text: string): void => {
    try {
      this.#answer(text)
    } catch (error) {
      this.#error(error)
    }
  }

  #answer(text: string): void {
    const message = readMessage1(text)
    switch (message.type) {
      case 'subscribe':
        this.#each(message.pvs, (pv) => this.#subscribe(pv))
        break
      case 'clear':
        this.#each(message.pvs, (pv) => this.#clear(pv))
        break
      case 'list':
        this.send(JSON.stringify({ type: 'list', pvs: [...this.#watches.keys()] }))
        break
      case 'write':
        this.#write(message.pv, message.value)
        break
      case 'ping':
        this.socket.ping()
        break
      case 'echo':
        this.send(text)
    }
  }

  /** A bad name fails alone. */
  #each(names: readonly unknown[], work: (name: unknown) => void): void {
    for (const name of names) {
      try {
        work(name)
      } catch (error) {
        this.#error(error, name)
      }
    }
  }

  #subscribe(given: unknown): void {
    const address = addressOf(given, this.#hub.slash)
    const name = given as string
    if (this.#watches.has(name) || this.#asking.has(name)) return
    const most = this.#hub.limits.subscriptions
    if (this.#watches.size + this.#asking.size >= most)
      throw new BridgeError('ERR_BRIDGE_LIMIT', `one socket takes ${most} PVs, and has them`)
    const asked = address.kind === 'pva' ? this.#hub.check(this.#who, 'read', address.name) : undefined
    if (asked === undefined) this.#watch(name, address)
    else this.#ask(name, asked, () => this.#watch(name, address))
  }

  /** Goes on with a subscription when the program has allowed it, unless it was cleared meanwhile. */
  #ask(name: string, asked: Promise<void>, then: () => void): void {
    this.#asking.add(name)
    asked
      .then(() => {
        if (this.#asking.delete(name) && this.socket.open) then()
      })
      .catch((error: unknown) => {
        this.#asking.delete(name)
        this.#error(error, name)
      })
  }

  #watch(name: string, address: Address): void {
    const feed = this.#feedOf(address)
    const watch = new Watch(name, feed, this, this.#hub.pace, !this.#mayWrite(address))
    this.#watches.set(name, watch)
    this.#unseen.add(watch)
    this.#looking ??= setTimeout(this.#look, NOT_FOUND).unref()
    feed.add(watch)
  }

  #feedOf({ kind, name, path }: Address): Feed {
    if (kind === 'loc') return this.#locals.of(name)
    if (kind === 'sim') return this.#hub.simulations.of(name)
    return this.#hub.feeds.of(name, path)
  }

  #mayWrite({ kind, name }: Address): boolean {
    return kind === 'loc' || (kind === 'pva' && this.#who.rights.write(name))
  }

  #clear(asked: unknown): void {
    if (typeof asked === 'string') this.#asking.delete(asked)
    const watch = typeof asked === 'string' ? this.#watches.get(asked) : undefined
    if (watch !== undefined) this.#forget(watch)
  }

  #forget(watch: Watch): void {
    this.#watches.delete(watch.asked)
    this.#due.delete(watch)
    this.#unseen.delete(watch)
    watch.close()
  }

  /** Writes of one socket to one PV happen in their order; none waits for a write to another PV. */
  #write(asked: unknown, value: unknown): void {
    try {
      const address = addressOf(asked, this.#hub.slash)
      const name = asked as string
      if (!this.#mayWrite(address)) {
        this.#hub.counters.writes.refused++
        throw new BridgeError('ERR_BRIDGE_FORBIDDEN', `${quote(address.name)} may not be written here`)
      }
      if (this.#pending >= this.#hub.limits.pending)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `${this.#pending} writes are under way: too many`)
      const before = this.#writing.get(name) ?? Promise.resolve()
      const done = before.then(() => this.#put(name, address, value))
      this.#pending++
      this.#writing.set(name, done)
      void done.then(() => {
        this.#pending--
        if (this.#writing.get(name) === done) this.#writing.delete(name)
      })
    } catch (error) {
      this.#error(error, asked)
    }
  }

  async #put(asked: string, address: Address, value: unknown): Promise<void> {
    const { counters } = this.#hub
    try {
      if (address.kind === 'loc') this.#locals.write(address.name, value)
      else {
        await this.#hub.check(this.#who, 'write', address.name)
        await this.#hub.put(address, value)
      }
      counters.writes.done++
      this.#hub.told(this.socket.info, 'write', asked, quote(value))
    } catch (error) {
      counters.writes.failed++
      this.#hub.told(this.socket.info, 'write failed', asked, (error as Error).message)
      this.#error(error, asked)
    }
  }

  /** Names that have no value are told once, 3 s after they were asked for. */
  readonly #look = (): void => {
    this.#looking = undefined
    const names: string[] = []
    for (const watch of this.#unseen) if (!watch.seen) names.push(watch.asked)
    this.#unseen.clear()
    if (names.length === 0) return
    const many = names.length === 1 ? 'the PV is' : `${names.length} PVs are`
    const message = `${many} not found within 3 s: ${names.slice(0, 5).map(quote).join(', ')}${names.length > 5 ? ', …' : ''}; ${this.#hub.searched()}`
    this.#hub.counters.errors++
    this.send(
      JSON.stringify({ type: 'error', code: 'ERR_PVA_TIMEOUT', message: withoutMarkup(message), pvs: names }),
    )
  }

  readonly #tooMany = (): void => {
    const most = this.#hub.limits.messages
    this.#error(new BridgeError('ERR_BRIDGE_RATE', `more than ${most} messages a second`))
  }

  #error(error: unknown, pv?: unknown): void {
    if (error instanceof ClosedError) return // the bridge is closing, and so is this socket
    this.#hub.counters.errors++
    this.send(errorMessage(error, pv))
  }

  readonly #closed = (): void => {
    this.#due.close()
    clearTimeout(this.#looking)
    for (const watch of [...this.#watches.values()]) this.#forget(watch)
    this.#hub.left(this)
  }
}
