// Points as they are written: one call in both directions, which lasts until one side ends it.
import { pointsFromArrow } from './arrow.js'
import { Points } from './columns.js'
import type { Core } from './core.js'
import type { BTrDBError } from './errors.js'
import type { Guard, Spec } from './guard.js'
import { loadArrow, type Arrow } from './peers.js'
import { GrpcFailure, type Call } from './transport.js'
import { bytesOfUuid, textOfUuid } from './uuid.js'
import { uuidOf, type UuidLike } from './versions.js'
import { WireError } from './wire/index.js'

/** New points of one stream. */
export interface LivePoints {
  readonly uuid: string
  readonly points: Points
}

type Streams = UuidLike | readonly UuidLike[]

interface Running {
  readonly call: Call
  readonly guard: Guard
  readonly arrow: Arrow
  end(): void
}

const ADD = 0
const REMOVE = 1

/**
 * Points as they are written. The end of the connection ends the iteration with an error: what was missed meanwhile can be
 * read. While the consumer takes nothing, nothing is read.
 *
 * @example
 * import { BTrDB } from 'node-pvxs/btrdb'
 *
 * const follow = async (db: BTrDB, uuid: string) => {
 *   await using live = db.subscribe([uuid])
 *   for await (const { uuid, points } of live) console.log(uuid, points.time, points.value)
 * }
 */
export class LiveSubscription implements AsyncIterable<LivePoints>, AsyncDisposable {
  /** Resolves when the call is open and the streams are asked for. */
  readonly ready: Promise<void>
  readonly #core: Core
  readonly #spec: Spec
  readonly #running: Promise<Running>
  readonly #uuids = new Set<string>()
  #open: Running | undefined
  #closed = false

  /** @internal */
  constructor(core: Core, uuids: readonly string[], signal: AbortSignal | undefined) {
    this.#core = core
    this.#spec = { op: 'subscribe', signal }
    for (const uuid of uuids) this.#uuids.add(uuid)
    this.#running = this.#start()
    this.ready = this.#running.then(() => undefined)
    // Whoever iterates sees it too.
    this.ready.catch(() => undefined)
  }

  /** Follows one more stream. */
  add(...streams: readonly Streams[]): void {
    this.#change(ADD, streams)
  }

  /** Follows a stream no longer. */
  remove(...streams: readonly Streams[]): void {
    this.#change(REMOVE, streams)
  }

  #change(op: number, streams: readonly Streams[]): void {
    const uuids = streams.flat().map((stream) => uuidOf(stream, 'subscribe'))
    for (const uuid of uuids) {
      if (op === ADD) this.#uuids.add(uuid)
      else this.#uuids.delete(uuid)
    }
    // Before the call is open it is enough that they are noted.
    if (this.#open !== undefined && !this.#closed && uuids.length > 0) this.#send(this.#open, op, uuids)
  }

  #send({ call }: Pick<Running, 'call'>, op: number, uuids: readonly string[]): void {
    const uuid = uuids.map((one) => bytesOfUuid(one, 'subscribe'))
    call.send(this.#core.session.encode({ op, uuid }))
  }

  async #start(): Promise<Running> {
    const { session, db } = this.#core
    const arrow = await loadArrow('subscribe()', 'subscribe')
    if (!db.server.arrow)
      throw session.error('the server is too old: live points came with its Arrow calls, in 5.30', {
        code: 'ERR_BTRDB_NOT_SUPPORTED',
        op: 'subscribe',
      })
    const both = await session.both(this.#spec)
    if (this.#closed) both.end()
    const running = { ...both, arrow }
    this.#open = running
    this.#send(running, ADD, [...this.#uuids])
    return running
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LivePoints, void, undefined> {
    try {
      const running = await this.#running
      while (!this.#closed) {
        const bytes = await this.#next(running)
        if (bytes === undefined) break
        const points = this.#read(running, bytes)
        if (points !== undefined) yield points
      }
      if (!this.#closed) throw this.#over()
    } finally {
      await this.close()
    }
  }

  async #next({ call, guard }: Running): Promise<Buffer | undefined> {
    try {
      guard.check()
      return await call.next()
    } catch (error) {
      if (this.#closed) return undefined
      throw error instanceof GrpcFailure ? this.#core.session.told(error, 'Subscribe', this.#spec) : error
    }
  }

  #read({ arrow }: Running, bytes: Buffer): LivePoints | undefined {
    const { session } = this.#core
    const { uuid, arrowBytes } = session.answer(bytes, this.#spec)
    if (uuid.length === 0 && arrowBytes.length === 0) return undefined
    // Another schema has a call of this name whose points and uuid stand elsewhere.
    if (uuid.length !== 16) throw this.#other()
    try {
      const points = pointsFromArrow(arrow, arrowBytes)
      session.pointsOut += points.time.length
      return { uuid: textOfUuid(uuid), points: new Points(points, 0n) }
    } catch (error) {
      if (error instanceof WireError) throw this.#other()
      throw error
    }
  }

  #other(): BTrDBError {
    return this.#core.session.error('the server has another call of this name, whose answers are not these', {
      code: 'ERR_BTRDB_NOT_SUPPORTED',
      op: 'subscribe',
      rpc: 'Subscribe',
    })
  }

  #over(): BTrDBError {
    return this.#core.session.error('the server has ended the subscription', {
      code: 'ERR_BTRDB_UNAVAILABLE',
      op: 'subscribe',
      rpc: 'Subscribe',
      retryable: true,
    })
  }

  /** Ends the iteration. Twice is fine. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running.then(
      (running) => {
        running.end()
      },
      () => undefined,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
