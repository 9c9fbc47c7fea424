// One socket of a channel with its members: it comes back by itself, and what it missed comes out of the archive.
import type { RawData, WebSocket } from 'ws'
import { pause } from '../../telemetry/index.js'
import { ChannelClosedError, ChannelDeadError, PiTimeoutError } from '../errors.js'
import type { PiUpdate } from '../update.js'
import { readFrame } from './frames.js'
import type { Member } from './member.js'
import type { Parent } from './members.js'
import type { Filling } from './fill.js'
import type { Inbox } from './inbox.js'
import { nowNs, type ChannelEvent, type ChannelMessage, type ChannelStats } from './messages.js'
import type { ChannelSettings } from './options.js'
import { Pulse } from './pulse.js'
import type { Roster } from './roster.js'
import type { Opened } from './socket.js'

const OVERLAP = 60_000 // ms for which what was read from the archive may come as a message too
const CLOSING = 1000 // ms for the server's answer to a close
const SECOND = 1_000_000_000n

/** What a line needs of its channel. */
export interface LineOwner {
  readonly settings: ChannelSettings
  readonly counts: { -readonly [K in keyof ChannelStats]: number }
  readonly inbox: Inbox
  /** Sockets whose first message with values came. */
  readonly begun: WeakSet<WebSocket>
  connect(line: Line, again: boolean, signal: AbortSignal, timeout: number): Promise<Opened>
  fill(filling: Filling): Promise<number | null>
  /** `refs` are those whose connection broke or came back; not for what an update closes and opens. */
  tell(event: ChannelEvent, refs?: readonly string[]): void
  bad(socket: number, reason: string): void
  fail(error: Error): void
}

/** A message that waits until the archive was read. */
interface Held {
  readonly text: string
  readonly received: bigint
  readonly socket: WebSocket
}

export class Line {
  readonly id: number
  readonly members: readonly Member[]
  /** Set when it is of a parent. */
  readonly parent: Parent | undefined
  roster: Roster
  /** Members that were in no line before: nothing of them was missed yet. */
  #added: ReadonlySet<Member> = new Set()
  readonly #owner: LineOwner
  readonly #stop = new AbortController()
  #socket: WebSocket | undefined
  #pulse: Pulse | undefined
  /** Aborts what is done for a socket that broke. */
  #current = new AbortController()
  #held: Held[] | undefined = []
  /** Archive and messages may give the same. */
  #overlaps = false
  #overlap: NodeJS.Timeout | undefined
  #paused = true
  #gapFrom: bigint | undefined
  #connectedAt = 0n
  #broken: { readonly promise: Promise<string>; resolve(reason: string): void } = breakage()
  #closing: Promise<void> | undefined
  /** Whether there was a connection when it was closed. */
  wasOpen = false
  #running: Promise<void> = Promise.resolve()

  constructor(
    id: number,
    owner: LineOwner,
    of: { readonly members: readonly Member[]; readonly roster: Roster; readonly parent: Parent | undefined },
  ) {
    this.id = id
    this.#owner = owner
    this.members = of.members
    this.roster = of.roster
    this.parent = of.parent
  }

  get open(): boolean {
    return this.#socket !== undefined
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted
  }

  /** The first connection; what comes is held until {@link begin}. */
  async connect(signal: AbortSignal, timeout: number): Promise<void> {
    const before = nowNs()
    const opened = await this.#owner.connect(this, false, signal, timeout)
    this.#added = new Set(this.members.filter(({ since }) => since === undefined))
    for (const member of this.#added) member.since = serverTime(before, opened.date)
    this.#attach(opened, false)
  }

  /** Goes on; what the lines that it takes over from had not got yet is read from the archive first. */
  begin(moved: readonly Line[] = []): void {
    let gap = false
    for (const line of moved) {
      this.#held = [...(line.#held ?? []), ...(this.#held ?? [])]
      gap ||= line.#gapFrom !== undefined || !line.wasOpen
    }
    const first = moved.length === 0 ? this.#release() : this.#catchUp(gap)
    this.#running = first
      .then(() => this.#run())
      .catch((error: unknown) => {
        this.#owner.fail(error as Error)
      })
  }

  /** Reads no more, or again. */
  flow(): void {
    const socket = this.#socket
    if (socket === undefined) return
    const stops = this.#owner.inbox.full || (this.#held?.length ?? 0) >= this.#owner.settings.maxQueue
    if (stops === this.#paused) return
    this.#paused = stops
    if (stops) {
      socket.pause()
      this.#pulse?.stop()
    } else {
      socket.resume()
      this.#pulse?.start()
    }
  }

  /** Closes the socket, cleanly when the server answers in time. */
  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: string): Promise<void> {
    this.#stop.abort()
    this.#current.abort()
    clearTimeout(this.#overlap)
    const socket = this.#detach()
    this.wasOpen = socket !== undefined
    if (socket !== undefined) {
      this.#owner.tell({ type: 'disconnected', socket: this.id, time: nowNs(), reason })
      await closed(socket)
    }
    await this.#running
  }

  #refs(): string[] {
    return this.members.filter(({ gone }) => !gone).map(({ stream }) => stream.ref)
  }

  #attach({ socket, date }: Opened, again: boolean): void {
    this.#socket = socket
    this.#current = new AbortController()
    this.#broken = breakage()
    this.#held ??= []
    let reason = ''
    this.#pulse = new Pulse(socket, this.#owner.settings, (why) => {
      reason = why
      socket.terminate()
    })
    socket.on('error', (error) => (reason ||= error.message))
    socket.on('message', (data) => this.#received(data, socket))
    socket.once('close', (code, text) => {
      if (this.#socket !== socket) return
      this.#detach()
      this.#current.abort(new Error('the socket broke'))
      this.#broken.resolve(reason || text.toString('utf8') || `the connection closed with ${code}`)
    })
    this.#paused = true
    this.#connectedAt = serverTime(nowNs(), date)
    const event = { type: 'connected', socket: this.id, time: this.#connectedAt } as const
    this.#owner.tell(event, again ? this.#refs() : undefined)
    this.flow()
  }

  #detach(): WebSocket | undefined {
    const socket = this.#socket
    this.#socket = undefined
    this.#pulse?.stop()
    this.#pulse = undefined
    return socket
  }

  /** As long as it is not closed: waits for the socket to break, and brings it back. */
  async #run(): Promise<void> {
    const { signal } = this.#stop
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
      if (signal.aborted) resolve(undefined)
    })
    for (;;) {
      const reason = await Promise.race([this.#broken.promise, stopped])
      if (reason === undefined || this.#stopped()) return
      this.#owner.tell({ type: 'disconnected', socket: this.id, time: nowNs(), reason }, this.#refs())
      if (this.#owner.settings.reconnect === false) {
        this.#owner.fail(new ChannelClosedError(`the connection of the channel broke: ${reason}`))
        return
      }
      if (!(await this.#again(reason))) return
      await this.#catchUp(true)
    }
  }

  /** Whether it is connected again. */
  async #again(reason: string): Promise<boolean> {
    const back = this.#owner.settings.reconnect
    if (back === false) return false
    const since = performance.now()
    const { signal } = this.#stop
    let wait = back.min
    let cause: unknown
    for (;;) {
      const left = back.giveUpAfter - (performance.now() - since)
      if (left <= 0) {
        const text = `the channel was not connected again within ${back.giveUpAfter} ms; it broke with: ${reason}`
        this.#owner.fail(new ChannelDeadError(text, { cause }))
        return false
      }
      await pause(Math.min(wait * (1 + back.jitter * (2 * Math.random() - 1)), left), signal)
      if (this.#stopped()) return false
      wait = Math.min(wait * back.factor, back.max)
      const { openTimeout } = this.#owner.settings
      const timeout = Math.min(openTimeout, Math.ceil(left))
      try {
        const opened = await this.#owner.connect(this, true, signal, timeout)
        if (this.#stopped()) {
          opened.socket.terminate()
          return false
        }
        this.#owner.counts.reconnects++
        this.#attach(opened, true)
        return true
      } catch (error) {
        if (this.#stopped()) return false
        // One that we cut short says nothing of the server.
        if (cause === undefined || timeout === openTimeout || !(error instanceof PiTimeoutError))
          cause = error
      }
    }
  }

  /** Gives what the archive has of the time without a connection, tells the gap, and goes on with what came meanwhile. */
  async #catchUp(gap: boolean): Promise<void> {
    const { signal } = this.#current
    const members = this.members.filter((member) => !member.gone && !this.#added.has(member))
    const to = this.#connectedAt
    this.#gapFrom ??= newestOf(members, to)
    clearTimeout(this.#overlap)
    this.#overlaps = true
    for (const member of members) member.beginOverlap()
    const give: Filling['give'] = (member, updates, page) => this.#fillIn(member, updates, page)
    // A socket that was replaced has nobody asked about the archive, but must not lose anything either.
    const reads = this.#owner.settings.backfill || !gap
    const filled = reads ? await this.#owner.fill({ members, signal, give }) : 0
    if (signal.aborted) return
    const from = this.#gapFrom
    this.#gapFrom = undefined
    const refs = members.map(({ stream }) => stream.ref)
    if (gap || filled === null) this.#owner.tell({ type: 'gap', from, to, refs, filled })
    await this.#release()
  }

  async #fillIn(member: Member, updates: PiUpdate[], page: readonly unknown[]): Promise<void> {
    for (const update of updates) member.give(update)
    const { counts } = this.#owner
    counts.backfilled += updates.length
    const { webId: WebId, path: Path, name: Name } = member.stream
    const body = { Items: [{ WebId, Path, Name, Items: page }] }
    this.#put({ items: updates, body, received: nowNs(), source: 'backfill' })
    if (this.#owner.inbox.full) await this.#owner.inbox.room(this.#current.signal)
  }

  /** Gives what was held, as there is room; from then on what comes is given at once. */
  async #release(): Promise<void> {
    const { signal } = this.#current
    const broken = (): boolean => signal.aborted
    for (;;) {
      if (this.#owner.inbox.full) await this.#owner.inbox.room(signal)
      const next = broken() ? undefined : this.#held?.shift()
      if (next === undefined) break
      this.#take(next)
      this.flow()
    }
    if (broken()) return // what comes next is held again
    this.#held = undefined
    this.#added = new Set()
    this.flow()
    if (!this.#overlaps) return
    clearTimeout(this.#overlap)
    this.#overlap = setTimeout(() => {
      this.#overlaps = false
      for (const member of this.members) member.endOverlap()
    }, OVERLAP).unref()
  }

  #received(data: RawData, socket: WebSocket): void {
    if (this.#socket !== socket) return
    this.#pulse?.beat()
    const one = { text: textOf(data), received: nowNs(), socket }
    if (this.#held === undefined && !this.#owner.inbox.full) {
      this.#take(one)
      return
    }
    if (this.#held === undefined) {
      // A paused socket still gives what came with the message before.
      this.#held = []
      this.#release().catch((error: unknown) => {
        this.#owner.fail(error as Error)
      })
    }
    this.#held.push(one)
    this.flow()
  }

  #take({ text, received, socket }: Held): void {
    const { counts, begun, settings } = this.#owner
    const { updates, members, body, bad, empty, reason = '' } = readFrame(text, this.roster)
    if (bad > 0) {
      counts.bad += bad
      this.#owner.bad(this.id, reason)
    } else if (empty) counts.heartbeats++
    if (updates.length === 0) return
    const initial = settings.includeInitialValues && !begun.has(socket)
    begun.add(socket)
    const items: PiUpdate[] = []
    for (const [i, update] of updates.entries()) {
      const member = members[i] as Member
      if ((initial && isOld(member, update)) || ((initial || this.#overlaps) && member.gave(update))) {
        counts.duplicates++
        continue
      }
      member.give(update)
      items.push(update)
    }
    if (items.length > 0) this.#put({ items, body, received, source: initial ? 'initial' : 'live' })
  }

  #put(message: ChannelMessage): void {
    const { counts } = this.#owner
    counts.messages++
    counts.updates += message.items.length
    this.#owner.inbox.put(message)
  }
}

/** The newest value that was given, or the opening when there was none. */
function newestOf(members: readonly Member[], to: bigint): bigint {
  let newest: bigint | undefined
  let opened = to
  for (const { last, since } of members) {
    if (last !== undefined && (newest === undefined || last > newest)) newest = last
    if (since !== undefined && since < opened) opened = since
  }
  newest ??= opened
  return newest < to ? newest : to
}

/** The values at an opening may be older than what was given before. */
function isOld({ last }: Member, { time }: PiUpdate): boolean {
  return last !== undefined && time < last
}

function breakage(): { promise: Promise<string>; resolve(reason: string): void } {
  let resolve!: (reason: string) => void
  const promise = new Promise<string>((done) => (resolve = done))
  return { promise, resolve: (reason) => resolve(reason) }
}

/** Our clock, unless the server's is another; the server's counts seconds only. */
function serverTime(ours: bigint, server: bigint | undefined): bigint {
  if (server === undefined) return ours
  const ahead = ours - server
  return ahead > -SECOND && ahead < 2n * SECOND ? ours : server
}

function textOf(data: RawData): string {
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString('utf8')
  return (Array.isArray(data) ? Buffer.concat(data) : data).toString('utf8')
}

/** Says goodbye, and cuts when the server does not answer. */
function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), CLOSING)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    if (socket.readyState === socket.CLOSED) {
      done()
      return
    }
    socket.once('close', done)
    socket.close(1000)
    socket.resume() // the server's answer is to be read
  })
}
