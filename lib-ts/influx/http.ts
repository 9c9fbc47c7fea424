import { channel } from 'node:diagnostics_channel'
import { debuglog, promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Pool, type Dispatcher } from 'undici'
import { credentials, type Credentials } from './auth.js'
import { InfluxError } from './errors.js'
import { Answer, Limits } from './exchange.js'
import type { Settings } from './options.js'
import { withoutSecrets } from './secrets.js'

const requests = channel('node-pvxs:influx:request')
const debug = debuglog('influx')
const compress = promisify(gzip)
const LEAST_COMPRESSED = 1024

/** One request. */
export interface Call {
  readonly op: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What goes into the URL; what is undefined does not. */
  readonly url?: Readonly<Record<string, string | undefined>>
  readonly body?: Uint8Array | string
  readonly type?: string
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
  readonly database?: string | undefined
  readonly points?: number
  readonly query?: string
}

/** Counters of a client. */
export interface TransportStats {
  requests: number
  failed: number
  bytesOut: number
  bytesIn: number
}

interface Told {
  readonly start: number
  readonly bytesOut: number
  bytesIn: number
  status: number | undefined
}

/** The connections to one server; all views of a client share one. */
export class Transport {
  readonly settings: Settings
  readonly stats: TransportStats = { requests: 0, failed: 0, bytesOut: 0, bytesIn: 0 }
  readonly #credentials: Credentials
  readonly #prefix: string
  readonly #running = new Set<Limits>()
  #dispatcher: Dispatcher | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.settings = settings
    this.#credentials = credentials(settings.auth, settings.api)
    this.#prefix = settings.url.pathname.replace(/\/+$/, '')
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Sends a request; resolves with the head of the answer, whose body must then be read. */
  async send(call: Call): Promise<Answer> {
    const answer = await this.#attempt(call, false)
    if (answer.status !== 401 || !this.#credentials.renewable) return answer
    await answer.bytes()
    return this.#attempt(call, true)
  }

  /** Ends what runs; twice is harmless. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const limits of this.#running) limits.stop(closedError(limits.op))
    const own = this.settings.dispatcher === undefined ? this.#dispatcher : undefined
    await own?.destroy()
  }

  async #attempt(call: Call, fresh: boolean): Promise<Answer> {
    const { op, timeout = this.settings.timeout, signal } = call
    if (this.closed) throw closedError(op)
    signal?.throwIfAborted()
    const limits: Limits = new Limits(op, timeout, signal, () => this.#running.delete(limits))
    this.#running.add(limits)
    this.stats.requests++
    const told: Told = {
      start: performance.now(),
      bytesOut: sizeOf(call.body),
      bytesIn: 0,
      status: undefined,
    }
    try {
      limits.arm('answer')
      const head = await this.#dispatch(call, limits, fresh)
      limits.disarm()
      limits.throwIfStopped()
      told.status = head.statusCode
      const received = (bytes: number): void => {
        this.stats.bytesIn += bytes
        told.bytesIn += bytes
      }
      return new Answer(head, limits, received, (error) => {
        this.#tell(call, told, error)
      })
    } catch (error) {
      limits.end()
      const failure = limits.reason(error)
      this.#tell(call, told, failure)
      throw failure
    }
  }

  async #dispatch(call: Call, limits: Limits, fresh: boolean): Promise<Dispatcher.ResponseData> {
    const { settings } = this
    const authorization = await settled(this.#credentials.header(fresh), limits)
    const body = await this.#encoded(call.body)
    limits.throwIfStopped()
    this.stats.bytesOut += sizeOf(body.bytes)
    const url = new URLSearchParams()
    for (const [key, value] of Object.entries({ ...call.url, ...this.#credentials.query }))
      if (value !== undefined) url.append(key, value)
    const search = url.toString()
    return this.#connections().request({
      origin: settings.url.origin,
      path: `${this.#prefix}${call.path}${search === '' ? '' : `?${search}`}`,
      method: call.method,
      headers: {
        ...(call.type === undefined ? {} : { 'content-type': call.type }),
        ...(call.accept === undefined ? {} : { accept: call.accept }),
        ...(body.compressed ? { 'content-encoding': 'gzip' } : {}),
        ...(settings.gzip ? { 'accept-encoding': 'gzip' } : {}),
        ...(authorization === undefined ? {} : { authorization }),
        ...settings.headers,
      },
      body: body.bytes ?? null,
      signal: limits.signal,
      // The limits are ours: undici's own leave out the wait for a connection, and count in whole seconds.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  async #encoded(body: Uint8Array | string | undefined) {
    if (body === undefined || !this.settings.gzip || sizeOf(body) < LEAST_COMPRESSED)
      return { bytes: body, compressed: false }
    return { bytes: await compress(body), compressed: true }
  }

  #connections(): Dispatcher {
    const { dispatcher, url, connections, socketPath, tls, timeout } = this.settings
    this.#dispatcher ??=
      dispatcher ??
      new Pool(url.origin, {
        connections,
        pipelining: 1,
        connect: {
          timeout: timeout === Infinity ? 0 : timeout,
          ...(tls as object),
          ...(socketPath === undefined ? {} : { socketPath }),
        },
      })
    return this.#dispatcher
  }

  #tell(call: Call, told: Told, error: unknown): void {
    if (error !== undefined || (told.status ?? 0) >= 400) this.stats.failed++
    if (!requests.hasSubscribers && !debug.enabled) return
    const { start, ...counts } = told
    const message = {
      method: call.method,
      path: this.#prefix + call.path,
      database: call.database,
      ms: performance.now() - start,
      ...counts,
      ...(call.points === undefined ? {} : { points: call.points }),
      ...(call.query === undefined ? {} : { query: withoutSecrets(call.query) }),
      ...(error === undefined ? {} : { error }),
    }
    debug('%o', message)
    requests.publish(message)
  }
}

function sizeOf(body: Uint8Array | string | undefined): number {
  if (body === undefined) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
}

function closedError(op: string): InfluxError {
  return new InfluxError(`${op}: this InfluxDB is closed`, { code: 'ERR_INFLUX_CLOSED', op })
}

/** A user's promise, or what stops the request before it settles. */
async function settled<T>(work: Promise<T> | T, limits: Limits): Promise<T> {
  if (!(work instanceof Promise)) return work
  const { signal } = limits
  let stop: (() => void) | undefined
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, stopped])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
