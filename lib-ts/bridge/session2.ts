import { ClosedError } from '../errors.js'
import { version } from '../index.js'
import { BridgeError, idOf, objectIn, readMessage2, readSubscribe2, type Subscribe2 } from '../pvws/index.js'
import { Due } from './due.js'
import type { Feed } from './feed.js'
import { Frames } from './frames.js'
import type { Who } from './gate.js'
import type { Hub } from './hub.js'
import { LocalPvs } from './local-pvs.js'
import { addressOf, fieldsAt, type Address } from './names.js'
import { Requests2 } from './requests2.js'
import { selectionOf } from './selection.js'
import type { ClientSocket } from './socket.js'
import { errorMessage2 } from './text2.js'
import { Unseen } from './unseen.js'
import { Watch2, type Line2 } from './watch2.js'

/** One client that speaks version 2: what it is subscribed to, and what it has asked. */
export class Session2 implements Line2 {
  readonly socket: ClientSocket
  readonly frames: Frames
  readonly largest: number
  readonly #hub: Hub
  readonly #who: Who
  readonly #locals: LocalPvs
  readonly #watches = new Map<number, Watch2>()
  /** Subscriptions that the program has to allow first. */
  readonly #asking = new Set<number>()
  readonly #due = new Due()
  readonly #unseen = new Unseen<Watch2>((missing) => this.#missing(missing))
  readonly #requests: Requests2

  constructor(hub: Hub, socket: ClientSocket, who: Who) {
    this.#hub = hub
    this.socket = socket
    this.#who = who
    this.#locals = new LocalPvs(hub.limits.subscriptions)
    this.largest = hub.limits.value
    this.frames = new Frames(socket, hub.limits.buffered)
    this.#requests = new Requests2(hub, who, socket.info, this, this.#locals)
    socket.listen(this.#heard, this.#tooMany, this.#due.flush, this.#closed)
    this.send(JSON.stringify(this.#hello()))
  }

  #hello(): object {
    const { rights, user } = this.#who
    return {
      type: 'hello',
      v: 2,
      server: `node-pvxs ${version().package}`,
      user,
      write: rights.writes,
      rpc: rights.calls,
      history: this.#hub.past.any,
      window: this.#hub.limits.buffered,
      limits: this.#hub.limits,
    }
  }

  get subscriptions(): number {
    return this.#watches.size
  }

  *watched(): Iterable<{ readonly name: string; readonly connected: boolean }> {
    for (const { asked, feed } of this.#watches.values()) yield { name: asked, connected: feed.connected }
  }

  get room(): boolean {
    return this.frames.room
  }

  /** Text goes behind the records that came before it. */
  send(text: string): void {
    this.frames.flush()
    this.socket.send(text)
  }

  later(watch: Watch2, at: number): void {
    if (this.#due.add(watch, at)) this.#hub.counters.merged++
  }

  failed(watch: Watch2, error: Error): void {
    this.#forget(watch)
    this.error(error, watch.id, watch.asked)
  }

  told(error: Error, { id, asked }: Watch2): void {
    this.error(error, id, asked)
  }

  state({ id, asked, linked = false, feed: { peer } }: Watch2, hint?: string): void {
    const state = { type: 'state', id, pv: asked, connected: linked }
    this.send(
      JSON.stringify({
        ...state,
        ...(hint !== undefined && { hint }),
        ...(peer !== undefined && peer !== '' && { peer }),
      }),
    )
  }

  error(error: unknown, id?: number, pv?: unknown): void {
    if (error instanceof ClosedError) return // the bridge is closing, and so is this socket
    this.#hub.counters.errors++
    this.send(errorMessage2(error, id, pv))
  }

  readonly #heard = (text: string, binary: boolean): void => {
    let id: number | undefined
    let pv: unknown
    try {
      if (binary) throw new BridgeError('ERR_BRIDGE_MESSAGE', 'a message is text, and a binary one came')
      const message = objectIn(text)
      id = idOf(message['id'])
      pv = message['pv']
      this.#answer(message, text)
    } catch (error) {
      this.error(error, id, pv)
    }
  }

  #answer(object: Readonly<Record<string, unknown>>, text: string): void {
    const message = readMessage2(object)
    switch (message.type) {
      case 'subscribe':
        for (const entry of message.subs) this.#subscribe(entry)
        break
      case 'rate':
        this.#watchOf(message.id).setRate(message.rate)
        break
      case 'clear':
        for (const id of message.ids) this.#clear(id)
        break
      case 'cancel':
        this.#requests.cancel(message.id)
        break
      case 'ack':
        this.frames.handled(message.n)
        this.#due.flush()
        break
      case 'ping':
        this.socket.ping()
        break
      case 'echo':
        this.send(text)
        break
      default:
        this.#checkFree(message.id)
        this.#requests.start(message)
    }
  }

  #watchOf(id: number): Watch2 {
    const watch = this.#watches.get(id)
    if (watch === undefined) throw new BridgeError('ERR_BRIDGE_MESSAGE', `there is no subscription ${id}`)
    return watch
  }

  #checkFree(id: number): void {
    if (this.#watches.has(id) || this.#asking.has(id) || this.#requests.has(id))
      throw new BridgeError(
        'ERR_BRIDGE_MESSAGE',
        `the id ${id} is in use: each is free when its work is over`,
      )
  }

  /** A bad entry fails alone. */
  #subscribe(entry: Readonly<Record<string, unknown>>): void {
    const id = idOf(entry['id'])
    try {
      const asked = readSubscribe2(entry)
      this.#checkFree(asked.id)
      const most = this.#hub.limits.subscriptions
      if (this.#watches.size + this.#asking.size >= most)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `one socket takes ${most} subscriptions, and has them`)
      const address = addressOf(asked.pv, this.#hub.slash)
      const right = address.kind === 'pva' ? this.#hub.check(this.#who, 'read', address.name) : undefined
      if (right === undefined) this.#watch(asked, address)
      else this.#ask(asked, address, right)
    } catch (error) {
      this.error(error, id, entry['pv'])
    }
  }

  /** Goes on with a subscription when the program has allowed it, unless it was cleared meanwhile. */
  #ask(asked: Subscribe2, address: Address, right: Promise<void>): void {
    const { id, pv } = asked
    this.#asking.add(id)
    right
      .then(() => {
        if (this.#asking.delete(id) && this.socket.open) this.#watch(asked, address)
      })
      .catch((error: unknown) => {
        this.#asking.delete(id)
        this.error(error, id, pv)
      })
  }

  #watch(asked: Subscribe2, address: Address): void {
    const feed = this.#feedOf(address, asked)
    const watch = new Watch2(asked.pv as string, feed, this, this.#hub.pace, asked)
    this.#watches.set(asked.id, watch)
    this.#unseen.add(watch)
    feed.add(watch)
  }

  #feedOf(address: Address, { fields, request }: Subscribe2): Feed {
    if (address.kind === 'pva')
      return this.#hub.feeds.of(address.name, selectionOf(fieldsAt(address, fields), request))
    if (fields.length > 0 || request !== '')
      throw new BridgeError(
        'ERR_BRIDGE_MESSAGE',
        `${address.kind}:// comes whole, without "fields" or "request"`,
      )
    return address.kind === 'loc' ? this.#locals.of(address.name) : this.#hub.simulations.of(address.name)
  }

  #clear(id: number): void {
    this.#asking.delete(id)
    const watch = this.#watches.get(id)
    if (watch !== undefined) this.#forget(watch)
  }

  #forget(watch: Watch2): void {
    this.#watches.delete(watch.id)
    this.#due.delete(watch)
    this.#unseen.delete(watch)
    watch.close()
  }

  #missing(missing: readonly Watch2[]): void {
    const hint = `not found within 3 s: ${this.#hub.searched()}`
    for (const watch of missing) if (watch.linked === undefined) this.state(watch, hint)
  }

  readonly #tooMany = (): void => {
    const most = this.#hub.limits.messages
    this.error(new BridgeError('ERR_BRIDGE_RATE', `more than ${most} messages a second`))
  }

  readonly #closed = (): void => {
    this.#requests.close()
    this.frames.close()
    this.#due.close()
    this.#unseen.close()
    for (const watch of [...this.#watches.values()]) this.#forget(watch)
    this.#hub.left(this)
  }
}
