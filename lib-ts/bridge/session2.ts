import { ClosedError } from '../errors.js'
import { version } from '../index.js'
import { BridgeError, idOf, objectIn, readMessage2, readSubscribe2, type Subscribe2 } from '../pvws/index.js'
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
import { Subscriptions } from './subscriptions.js'
import { Watch2, type Line2 } from './watch2.js'

/** One client that speaks version 2: what it is subscribed to, and what it has asked. */
export class Session2 implements Line2 {
  readonly socket: ClientSocket
  readonly frames: Frames
  readonly largest: number
  readonly #hub: Hub
  readonly #who: Who
  readonly #locals: LocalPvs
  readonly #subscribed = new Subscriptions<number, Watch2>(
    ({ id }) => id,
    (missing) => this.#missing(missing),
  )
  readonly #requests: Requests2

  constructor(hub: Hub, socket: ClientSocket, who: Who) {
    this.#hub = hub
    this.socket = socket
    this.#who = who
    this.#locals = new LocalPvs(hub.limits.subscriptions)
    this.largest = hub.limits.value
    this.frames = new Frames(socket, hub.limits.buffered)
    this.#requests = new Requests2(hub, who, socket.info, this, this.#locals)
    socket.listen(this.#heard, this.#tooMany, this.#subscribed.flush, this.#closed)
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
    return this.#subscribed.size
  }

  watched(): Iterable<{ readonly name: string; readonly connected: boolean }> {
    return this.#subscribed.watched()
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
    if (this.#subscribed.later(watch, at)) this.#hub.counters.merged++
  }

  failed(watch: Watch2, error: Error): void {
    this.#subscribed.forget(watch)
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
        for (const id of message.ids) this.#subscribed.clear(id)
        break
      case 'cancel':
        this.#requests.cancel(message.id)
        break
      case 'ack':
        this.frames.handled(message.n)
        this.#subscribed.flush()
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
    const watch = this.#subscribed.get(id)
    if (watch === undefined) throw new BridgeError('ERR_BRIDGE_MESSAGE', `there is no subscription ${id}`)
    return watch
  }

  #checkFree(id: number): void {
    if (this.#subscribed.has(id) || this.#requests.has(id))
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
      if (this.#subscribed.taken >= most)
        throw new BridgeError('ERR_BRIDGE_LIMIT', `one socket takes ${most} subscriptions, and has them`)
      const address = addressOf(asked.pv, this.#hub.slash)
      const right = address.kind === 'pva' ? this.#hub.check(this.#who, 'read', address.name) : undefined
      if (right === undefined) this.#watch(asked, address)
      else {
        const allowed = (): void => {
          if (this.socket.open) this.#watch(asked, address)
        }
        this.#subscribed.ask(asked.id, right, allowed, (error) => {
          this.error(error, asked.id, asked.pv)
        })
      }
    } catch (error) {
      this.error(error, id, entry['pv'])
    }
  }

  #watch(asked: Subscribe2, address: Address): void {
    const feed = this.#feedOf(address, asked)
    this.#subscribed.add(new Watch2(asked.pv as string, feed, this, this.#hub.pace, asked))
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
    this.#subscribed.close()
    this.#hub.left(this)
  }
}
