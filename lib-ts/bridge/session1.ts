import { quote } from '../input/index.js'
import { ClosedError } from '../errors.js'
import { BridgeError, readMessage1, withoutMarkup } from '../pvws/index.js'
import { addressOf, fieldsAt, type Address } from './names.js'
import type { Feed } from './feed.js'
import type { Hub } from './hub.js'
import type { Who } from './gate.js'
import type { ClientSocket } from './socket.js'
import { LocalPvs } from './local-pvs.js'
import { errorMessage } from './text1.js'
import { selectionOf } from './selection.js'
import { Subscriptions } from './subscriptions.js'
import { Watch1, type Line1 } from './watch1.js'
import { WriteOrder } from './write-order.js'

/** One client that speaks version 1: what it is subscribed to, and what it writes. */
export class Session1 implements Line1 {
  readonly socket: ClientSocket
  readonly #hub: Hub
  readonly #who: Who
  readonly largest: number
  readonly #locals: LocalPvs
  readonly #subscribed = new Subscriptions<string, Watch1>(
    ({ asked }) => asked,
    (missing) => this.#missing(missing),
  )
  readonly #writes = new WriteOrder()
  #pending = 0

  constructor(hub: Hub, socket: ClientSocket, who: Who) {
    this.#hub = hub
    this.socket = socket
    this.#who = who
    this.largest = hub.limits.value
    this.#locals = new LocalPvs(hub.limits.subscriptions)
    socket.listen(this.#heard, this.#tooMany, this.#subscribed.flush, this.#closed)
  }

  get subscriptions(): number {
    return this.#subscribed.size
  }

  /** The names it asked for, with whether there is a value. */
  watched(): Iterable<{ readonly name: string; readonly connected: boolean }> {
    return this.#subscribed.watched()
  }

  get room(): boolean {
    return this.socket.room
  }

  send(text: string): void {
    this.socket.send(text)
  }

  later(watch: Watch1, at: number): void {
    if (this.#subscribed.later(watch, at)) this.#hub.counters.merged++
  }

  failed(watch: Watch1, error: Error): void {
    this.#subscribed.forget(watch)
    this.#error(error, watch.asked)
  }

  told(error: Error, pv: string): void {
    this.#error(error, pv)
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
        this.send(JSON.stringify({ type: 'list', pvs: [...this.#subscribed.keys()] }))
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
    if (this.#subscribed.has(name)) return
    const most = this.#hub.limits.subscriptions
    if (this.#subscribed.taken >= most)
      throw new BridgeError('ERR_BRIDGE_LIMIT', `one socket takes ${most} PVs, and has them`)
    const asked = address.kind === 'pva' ? this.#hub.check(this.#who, 'read', address.name) : undefined
    if (asked === undefined) this.#watch(name, address)
    else {
      const allowed = (): void => {
        if (this.socket.open) this.#watch(name, address)
      }
      this.#subscribed.ask(name, asked, allowed, (error) => {
        this.#error(error, name)
      })
    }
  }

  #watch(name: string, address: Address): void {
    const feed = this.#feedOf(address)
    this.#subscribed.add(new Watch1(name, feed, this, this.#hub.pace, !this.#mayWrite(address)))
  }

  #feedOf(address: Address): Feed {
    const { kind, name } = address
    if (kind === 'loc') return this.#locals.of(name)
    if (kind === 'sim') return this.#hub.simulations.of(name)
    return this.#hub.feeds.of(name, selectionOf(fieldsAt(address, [])))
  }

  #mayWrite({ kind, name }: Address): boolean {
    return kind === 'loc' || (kind === 'pva' && this.#who.rights.write(name))
  }

  #clear(asked: unknown): void {
    if (typeof asked === 'string') this.#subscribed.clear(asked)
  }

  #write(asked: unknown, value: unknown): void {
    try {
      const address = addressOf(asked, this.#hub.slash)
      const name = asked as string
      if (address.kind === 'sim')
        throw new BridgeError('ERR_BRIDGE_FORBIDDEN', `${quote(name)} may not be written here`)
      if (this.#pending >= this.#hub.limits.pending)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `${this.#pending} writes are under way: too many`)
      this.#pending++
      void this.#writes.run(address.name, () => this.#put(name, address, value)).then(() => this.#pending--)
    } catch (error) {
      this.#hub.failed('write', this.socket.info, quote(asked), error)
      this.#error(error, asked)
    }
  }

  async #put(asked: string, address: Address, value: unknown): Promise<void> {
    try {
      if (address.kind === 'loc') this.#locals.write(address.name, value)
      else await this.#hub.write(this.#who, this.socket.info, asked, address, value)
    } catch (error) {
      this.#error(error, asked)
    }
  }

  /** Names that have no value are told together. */
  #missing(missing: readonly Watch1[]): void {
    const names = missing.filter(({ seen }) => !seen).map(({ asked }) => asked)
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
    this.#subscribed.close()
    this.#hub.left(this)
  }
}
