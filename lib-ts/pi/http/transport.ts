import { BackOff, pause } from '../../telemetry/index.js'
import { withoutTokens } from '../auth/auth.js'
import { authenticated } from '../auth/legs.js'
import { isBusy, PiClosedError, PiError, PiNetworkError, PiResponseError } from '../errors.js'
import type { CallOptions, Settings } from '../options.js'
import type { PiRequest } from '../request.js'
import { PiResponse } from '../response.js'
import { shownUrl } from '../shown-url.js'
import { decoded, exchange, type Exchanged } from './exchange.js'
import { bodyText, parseExact } from './json.js'
import { Lanes, type Lane } from './lanes.js'
import { Limits } from './limits.js'
import { EncodedBody } from './multipart.js'

const MOST_REDIRECTS = 5

/** Counters of a client. */
export interface PiStats {
  /** Requests sent, with legs of authentications and repetitions. */
  readonly requests: number
  readonly retries: number
  /** Calls that were rejected or answered with 400 or more. */
  readonly failed: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** What {@link Transport.send} takes. */
export interface SendOptions extends CallOptions {
  /** Without X-Requested-With, to see whether the server asks for it. */
  readonly bare?: boolean
}

/** What goes out, ready. */
interface Outgoing {
  readonly verb: string
  readonly url: string
  readonly shown: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array | string | null
  readonly binary: boolean
}

/** The way to one server. */
export class Transport {
  readonly settings: Settings
  readonly stats = { requests: 0, retries: 0, failed: 0, bytesIn: 0, bytesOut: 0 }
  readonly #lanes: Lanes
  readonly #running = new Set<Limits>()
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.settings = settings
    this.#lanes = new Lanes(settings)
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Sends a request and gives its answer, whatever the status. */
  async send(request: PiRequest, options: SendOptions): Promise<PiResponse> {
    const { settings } = this
    if (this.closed) throw new PiClosedError('this PiWebApi is closed')
    options.signal?.throwIfAborted()
    const outgoing = this.#outgoing(request, options)
    const what = { verb: outgoing.verb, url: outgoing.shown }
    const timeout = options.timeout ?? settings.timeout
    const limits: Limits = new Limits(what, timeout, options.signal, () => this.#running.delete(limits))
    this.#running.add(limits)
    try {
      const response = await this.#tries(outgoing, limits)
      limits.throwIfStopped()
      if (response.status >= 400) this.stats.failed++
      settings.onResponse?.(response)
      return response
    } catch (error) {
      this.stats.failed++
      throw error
    } finally {
      limits.end()
    }
  }

  /** Ends what runs; twice is harmless. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const limits of this.#running) limits.stop(new PiClosedError('this PiWebApi was closed'))
      await this.#lanes.close()
    })()
    return this.#closing
  }

  #outgoing(request: PiRequest, { headers = {}, bare = false }: SendOptions): Outgoing {
    const { settings } = this
    const { verb, url, body, binary = false } = request
    const file = body instanceof EncodedBody ? body : undefined
    const bytes = body === undefined ? null : (file?.bytes ?? bodyText(body))
    const all: Record<string, string> = {
      accept: binary ? '*/*' : 'application/json',
      'accept-encoding': 'gzip',
      ...(verb === 'GET' || bare ? {} : { 'x-requested-with': settings.requestedWith }),
      ...(bytes === null ? {} : { 'content-type': file?.type ?? 'application/json' }),
      ...settings.headers,
      ...headers,
    }
    settings.onRequest?.({ verb, url, headers: all, ...(body === undefined ? {} : { body }) })
    return { verb, url, shown: shownUrl(url), headers: all, body: bytes, binary }
  }

  /** Again after what may pass: only reading, for a write may have been done. */
  async #tries(outgoing: Outgoing, limits: Limits): Promise<PiResponse> {
    const backOff = new BackOff()
    const retries = outgoing.verb === 'GET' ? this.settings.retries : 0
    for (let left = retries; ; left--) {
      let wait: number
      try {
        const response = await this.#onALane(outgoing, limits)
        wait = backOff.next(Number(response.header('retry-after')) * 1000 || 0)
        if (left === 0 || !isBusy(response.status) || wait > limits.left) return response
      } catch (error) {
        limits.throwIfStopped()
        wait = backOff.next()
        if (left === 0 || !mayPass(error)) throw error
      }
      this.stats.retries++
      limits.phase = 'connection'
      await pause(wait, limits.signal)
      limits.throwIfStopped()
    }
  }

  async #onALane(outgoing: Outgoing, limits: Limits): Promise<PiResponse> {
    const lane = await this.#lanes.take(limits)
    try {
      const { answer, url } = await this.#redirects(lane, outgoing, limits)
      return await this.#read(answer, { ...outgoing, url, shown: shownUrl(url) })
    } catch (error) {
      // One that never began would keep its place on this connection.
      if (limits.signal.aborted) await lane.cut()
      throw error
    } finally {
      this.#lanes.give(lane)
    }
  }

  async #redirects(
    lane: Lane,
    outgoing: Outgoing,
    limits: Limits,
  ): Promise<{ answer: Exchanged; url: string }> {
    let { url } = outgoing
    for (let left = MOST_REDIRECTS; ; left--) {
      const answer = await this.#legs(lane, { ...outgoing, url }, limits)
      const to = redirectOf(answer, outgoing.verb, url)
      // Credentials never go to another origin; the caller gets the answer as it is.
      if (to?.origin !== this.settings.origin || left === 0) return { answer, url }
      url = to.href
    }
  }

  #legs(lane: Lane, outgoing: Outgoing, limits: Limits): Promise<Exchanged> {
    const { url, verb } = outgoing
    return authenticated(this.settings.auth, { url, verb, kind: 'http', limits }, (own) =>
      this.#once(lane, { ...outgoing, headers: { ...outgoing.headers, ...own } }, limits),
    )
  }

  async #once(lane: Lane, { verb, url, shown, headers, body }: Outgoing, limits: Limits): Promise<Exchanged> {
    limits.throwIfStopped()
    limits.phase = 'connection'
    this.stats.requests++
    if (body !== null) this.stats.bytesOut += Buffer.byteLength(body)
    const { origin } = this.settings
    const options = { origin, path: url.slice(origin.length), method: verb, headers, body }
    const answer = await exchange(await lane.dispatcher(), options, limits, { verb, url: shown })
    this.stats.bytesIn += answer.bytes.length
    return answer
  }

  async #read(answer: Exchanged, { verb, url, shown, binary }: Outgoing): Promise<PiResponse> {
    const what = { verb, url: shown }
    const bytes = await decoded(answer, what)
    const { status } = answer
    const headers = withoutTokens(answer.headers)
    const make = (body: unknown): PiResponse =>
      new PiResponse({ verb, status, url: shownUrl(url), headers, body })
    if (bytes.length === 0) return make(undefined)
    const good = status >= 200 && status < 300
    if (binary && good) return make(new Uint8Array(bytes))
    const text = bytes.toString('utf8').replace(/^\ufeff/, '')
    try {
      return make(parseExact(text))
    } catch (cause) {
      // The page of a proxy with a status of its own says more than "not JSON".
      if (!good) return make(text)
      const begin = JSON.stringify(text.slice(0, 200))
      throw new PiResponseError(`${verb} ${shown}: the answer is not JSON: ${begin}`, {
        ...what,
        status,
        cause,
      })
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof PiNetworkError ? error.hint === undefined : isCutOff(error)
}

/** An answer that broke off comes whole the next time; one that is not JSON will be the same again. */
function isCutOff(error: unknown): boolean {
  return error instanceof PiError && error.code === 'ERR_PI_RESPONSE' && error.status === undefined
}

function redirectOf({ status, headers }: Exchanged, verb: string, from: string): URL | undefined {
  const follows = status === 307 || status === 308 || (verb === 'GET' && (status === 301 || status === 302))
  const location = headers['location']
  if (!follows || typeof location !== 'string' || !URL.canParse(location, from)) return undefined
  return new URL(location, from)
}
