import { createGunzip } from 'node:zlib'
import type { Readable } from 'node:stream'
import type { IncomingHttpHeaders } from 'undici/types/header.js'
import { InfluxError } from './errors.js'

const MOST_TEXT = 65_536 // what a short answer may hold at most: an error, not a result

/** The limits of one request: the caller's signal, the time, and the client's end. */
export class Limits {
  readonly op: string
  readonly #timeout: number
  readonly #signal: AbortSignal | undefined
  readonly #controller = new AbortController()
  readonly #ended: () => void
  readonly #aborted: () => void
  #timer: NodeJS.Timeout | undefined
  #cause: { readonly error: unknown } | undefined

  constructor(op: string, timeout: number, signal: AbortSignal | undefined, ended: () => void) {
    this.op = op
    this.#timeout = timeout
    this.#signal = signal
    this.#ended = ended
    this.#aborted = () => {
      this.stop(signal?.reason)
    }
    signal?.addEventListener('abort', this.#aborted)
  }

  /** What undici goes by. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ends the request with this error; the first one counts. */
  stop(error: unknown): void {
    if (this.#cause !== undefined) return
    this.#cause = { error }
    this.#controller.abort(error)
  }

  /** What to throw for an error of the transport: what stopped the request, if something did. */
  reason(error: unknown): unknown {
    return this.#cause === undefined ? connectionError(this.op, error) : this.#cause.error
  }

  throwIfStopped(): void {
    if (this.#cause !== undefined) throw this.#cause.error
  }

  arm(phase: string): void {
    if (this.#timeout === Infinity) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        const text = `${this.op}: no ${phase} within ${this.#timeout} ms`
        this.stop(new InfluxError(text, { code: 'ERR_INFLUX_TIMEOUT', op: this.op }))
      },
      Math.min(this.#timeout, 2_147_483_647),
    )
  }

  disarm(): void {
    clearTimeout(this.#timer)
  }

  /** Lets go of everything; harmless a second time. */
  end(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#ended()
  }
}

/** The head of an answer, and its body, which is read once or thrown away. */
export class Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly #body: Readable
  readonly #limits: Limits
  readonly #received: (bytes: number) => void
  readonly #finished: (error?: unknown) => void

  constructor(
    head: { readonly statusCode: number; readonly headers: IncomingHttpHeaders; readonly body: Readable },
    limits: Limits,
    received: (bytes: number) => void,
    finished: (error?: unknown) => void,
  ) {
    this.status = head.statusCode
    this.headers = head.headers
    this.#body = head.body
    this.#limits = limits
    this.#received = received
    this.#finished = finished
  }

  header(name: string): string | undefined {
    const value = this.headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  /** The body part by part. Leaving the loop closes the connection, which ends the server's work. */
  async *parts(): AsyncGenerator<Buffer, void, undefined> {
    const limits = this.#limits
    const body = this.#decoded()
    let failure: unknown
    try {
      const iterator = body.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer>
      for (;;) {
        limits.arm('more of the answer')
        const next = await iterator.next()
        limits.disarm()
        // undici ends an aborted body without an error when all of it had been received.
        limits.throwIfStopped()
        if (next.done === true) return
        this.#received(next.value.length)
        yield next.value
      }
    } catch (error) {
      failure = limits.reason(error)
      throw failure
    } finally {
      body.destroy()
      this.#body.destroy()
      limits.end()
      this.#finished(failure)
    }
  }

  /** The beginning of the body, for what is short when it is what it should be. */
  async bytes(most = MOST_TEXT): Promise<Buffer> {
    const parts: Buffer[] = []
    let length = 0
    for await (const part of this.parts()) {
      parts.push(part)
      length += part.length
      if (length >= most) break
    }
    return Buffer.concat(parts)
  }

  #decoded(): Readable {
    if (this.header('content-encoding') !== 'gzip') return this.#body
    const gunzip = createGunzip()
    this.#body.on('error', (error) => gunzip.destroy(error))
    // Errors are thrown where the parts are read; this keeps one that comes later from being an uncaught exception.
    gunzip.on('error', () => undefined)
    return this.#body.pipe(gunzip)
  }
}

function connectionError(op: string, error: unknown): InfluxError {
  if (error instanceof InfluxError) return error
  const { message, code } = error as Error & { code?: string }
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined)?.message : undefined
  const text = first ?? (message || code || 'the connection broke')
  return new InfluxError(`${op}: ${text}`, { code: 'ERR_INFLUX_CONNECTION', op, cause: error })
}
