import type { IncomingMessage, ServerResponse } from 'node:http'
import { ClosedError } from '../errors.js'
import { BridgeError } from '../pvws/index.js'
import { Due } from './due.js'
import type { Feed } from './feed.js'
import type { Asker } from './hub.js'
import { Taking } from './taking.js'
import { addressOf, fieldsAt } from './names.js'
import type { Asked, Place } from './place.js'
import { errorMessage } from './text1.js'
import { selectionOf } from './selection.js'
import type { Pace } from './watch.js'
import { Watch1, type Line1 } from './watch1.js'

// ms between two comments, so that nothing between here and the browser takes the stream for dead.
const ALIVE = 15_000

/** Server-Sent Events: the updates of version 1 to a browser that has no WebSocket, or needs no more than to listen. */
export class EventStream implements Line1 {
  readonly #place: Place
  readonly #res: ServerResponse
  readonly largest: number
  readonly #watches = new Set<Watch1>()
  readonly #due = new Due()
  readonly asker: Asker
  readonly #taking: Taking
  readonly #alive: NodeJS.Timeout

  constructor(place: Place, req: IncomingMessage, res: ServerResponse, asker: Asker) {
    this.asker = asker
    this.#taking = new Taking(req.socket, place.settings.limits, () => {
      place.hub.counters.refuse('stalled')
      req.socket.destroy()
    })
    this.#place = place
    this.#res = res
    this.largest = place.settings.limits.value
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    })
    res.write(': \n\n')
    this.#alive = setInterval(() => res.write(': \n\n'), ALIVE).unref()
    res.on('drain', this.#due.flush)
    res.on('close', this.#closed)
  }

  get room(): boolean {
    return this.#taking.room(this.#res.writableLength)
  }

  send(text: string): void {
    const { counters } = this.#place.hub
    counters.sent++
    counters.bytes += text.length
    this.#res.write(`event: update\ndata: ${text}\n\n`)
  }

  later(watch: Watch1, at: number): void {
    this.#due.add(watch, at)
  }

  failed(watch: Watch1, error: Error): void {
    this.#watches.delete(watch)
    watch.close()
    this.error(error, watch.asked)
  }

  told(error: Error, pv: string): void {
    this.error(error, pv)
  }

  error(error: unknown, pv: string): void {
    if (error instanceof ClosedError) return
    this.#res.write(`event: error\ndata: ${errorMessage(error, pv)}\n\n`)
  }

  watch(asked: string, feed: Feed, pace: Pace, readonly: boolean): void {
    const watch = new Watch1(asked, feed, this, pace, readonly)
    this.#watches.add(watch)
    feed.add(watch)
  }

  readonly #closed = (): void => {
    clearInterval(this.#alive)
    this.#taking.close()
    this.#due.close()
    for (const watch of this.#watches) watch.close()
    this.#watches.clear()
    this.#place.hub.streams.delete(this)
  }

  /** Ends it; the browser asks again by itself. */
  end(): void {
    this.#res.end()
  }
}

/** `events?pv=…&pv=…[&rate=]`. */
export async function events(place: Place, { req, res, target, who }: Asked): Promise<void> {
  const { hub, door } = place
  door.checkOrigin(req)
  const names = target.searchParams.getAll('pv')
  if (names.length === 0) throw new BridgeError('ERR_BRIDGE_MESSAGE', 'name PVs: events?pv=NAME')
  if (names.length > hub.limits.subscriptions)
    throw new BridgeError('ERR_BRIDGE_LIMIT', `one stream takes ${hub.limits.subscriptions} PVs`)
  const asker = { peer: door.peerOf(req), user: who.user }
  hub.checkRoom(asker)
  const pace = paceIn(target, hub.pace)
  const stream = new EventStream(place, req, res, asker)
  hub.streams.add(stream)
  for (const asked of new Set(names)) {
    try {
      const address = addressOf(asked, hub.slash)
      if (address.kind === 'loc')
        throw new BridgeError('ERR_BRIDGE_MESSAGE', 'loc:// belongs to a socket that can write it')
      if (address.kind === 'pva') await hub.check(who, 'read', address.name)
      // Gone while the program was asked: a feed that nobody listens to would stay open.
      if (res.destroyed) return
      const feed =
        address.kind === 'sim'
          ? hub.simulations.of(address.name)
          : hub.feeds.of(address.name, selectionOf(fieldsAt(address, [])))
      stream.watch(asked, feed, pace, address.kind === 'sim' || !who.rights.write(address.name))
    } catch (error) {
      stream.error(error, asked)
    }
  }
}

function paceIn({ searchParams }: URL, pace: Pace): Pace {
  const text = searchParams.get('rate')
  if (text === null) return pace
  const rate = Number(text)
  if (!(rate > 0)) throw new BridgeError('ERR_BRIDGE_MESSAGE', '"rate" is a number of updates a second')
  const interval = 1_000 / rate
  return { scalars: Math.max(pace.scalars, interval), arrays: Math.max(pace.arrays, interval) }
}
