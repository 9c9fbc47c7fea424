// Channels: WebSockets over which a server sends what changed since its last poll.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { stringify } from 'lossless-json'
import { WebSocketServer, type WebSocket } from 'ws'
import { timedValue, type Change } from './archive.js'
import type { Call } from './call.js'
import type { IdForm } from './ids.js'
import { idOf, type Stream } from './model.js'
import { attributesOf } from './objects.js'
import { adHoc } from './streams.js'
import { now } from './times.js'

type Json = Record<string, unknown>

const HEAVIEST = 1 << 20 // bytes that wait for a slow reader; then nothing is polled for it

/** The streams of the channel that a request asks for; undefined when its path is not that of a channel. */
export function streamsOf(call: Call): Stream[] | undefined {
  const [controller, first = '', second, ...rest] = call.parts
  if (rest.length > 0) return undefined
  if (controller === 'streams' && second === 'channel') return [call.stream(first)]
  if (controller !== 'streamsets') return undefined
  if (second === undefined && first.toLowerCase() === 'channel') return adHoc(call)
  return second === 'channel' ? attributesOf(call, call.thing(first)) : undefined
}

/** One open channel. */
class Channel {
  readonly #socket: WebSocket
  readonly #form: IdForm
  readonly #streams: readonly Stream[]
  /** How many changes of each stream were sent. */
  readonly #sent: number[]
  /** Empty polls after which an empty message is sent; 0 for none. */
  readonly #heartbeat: number
  #empty = 0
  #timer: NodeJS.Timeout | undefined

  constructor(socket: WebSocket, form: IdForm, streams: readonly Stream[], heartbeat: number) {
    this.#socket = socket
    this.#form = form
    this.#streams = streams
    this.#heartbeat = heartbeat
    this.#sent = streams.map(({ archive }) => archive.changes.length)
  }

  start(pollInterval: number, initial: boolean): void {
    if (initial) this.#send(this.#streams.map((stream) => this.#item(stream, [newest(stream)])))
    this.#timer = setInterval(() => this.#poll(), pollInterval)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #poll(): void {
    if (this.#socket.bufferedAmount > HEAVIEST) return
    const items = this.#streams.flatMap((stream, i) => {
      const { changes } = stream.archive
      const fresh = changes.slice(this.#sent[i])
      this.#sent[i] = changes.length
      const values = fresh.filter(({ action }) => action !== 'Delete').map((change) => timed(stream, change))
      return values.length === 0 ? [] : [this.#item(stream, values)]
    })
    this.#empty = items.length > 0 ? 0 : this.#empty + 1
    const beats = this.#heartbeat > 0 && this.#empty >= this.#heartbeat
    if (items.length === 0 && !beats) return
    this.#empty = 0
    this.#send(items)
  }

  #item(stream: Stream, values: readonly Json[]): Json {
    const { name, path, units } = stream
    return {
      WebId: idOf(stream, this.#form),
      Name: name,
      Path: path,
      Links: {},
      UnitsAbbreviation: units,
      Items: values,
    }
  }

  #send(items: readonly Json[]): void {
    this.#socket.send(stringify({ Links: {}, Items: items }) ?? '')
  }
}

function newest(stream: Stream): Json {
  const { archive, units } = stream
  return timedValue(archive.events.at(-1) ?? archive.at(now()), units)
}

function timed({ units }: Stream, { event, action }: Change): Json {
  return timedValue(action === 'Update' ? { ...event, substituted: true } : event, units)
}

/** All channels of a server. */
export class Channels {
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: true })
  readonly #pollInterval: number

  constructor(pollInterval: number) {
    this.#pollInterval = pollInterval
  }

  /** WebSockets that are open. */
  get open(): number {
    return this.#server.clients.size
  }

  /** Makes a channel of a request to upgrade. */
  accept(
    call: Call,
    streams: readonly Stream[],
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): void {
    const heartbeat = call.whole('heartbeatRate', 0)
    const initial = call.flag('includeInitialValues', false)
    const { form } = call // here, so that a wrong one is refused before the upgrade
    this.#server.handleUpgrade(incoming, socket, head, (webSocket) => {
      const channel = new Channel(webSocket, form, streams, heartbeat)
      webSocket.on('error', () => undefined) // the close that follows says enough
      webSocket.on('close', () => channel.stop())
      channel.start(this.#pollInterval, initial)
    })
  }

  /** Sends the same frame over all of them, whatever is in it. */
  send(frame: string | Uint8Array): void {
    for (const socket of this.#server.clients) socket.send(frame)
  }

  /** Cuts all of them. */
  drop(): void {
    for (const socket of this.#server.clients) socket.terminate()
  }
}
