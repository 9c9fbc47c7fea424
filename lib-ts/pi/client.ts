import { INSPECT, isPlainObject, shown, type Inspect } from '../input/index.js'
import type { Source } from '../stream/index.js'
import { Batch } from './batch.js'
import { Channel } from './channel/channel.js'
import { readChannelOptions, readSpec, type ChannelOptions, type PiSpec } from './channel/options.js'
import { PiWatch } from './channel/watch.js'
import { checkServer, type PiCheck } from './check.js'
import { PiArgumentError, PiClosedError } from './errors.js'
import { fileBody } from './http/multipart.js'
import { Transport, type PiStats } from './http/transport.js'
import { PiHistory, type PiHistoryOptions } from './pipeline/history.js'
import { PointMaker } from './pipeline/point-maker.js'
import { PiSink } from './pipeline/sink.js'
import type { PiSinkOptions } from './pipeline/sink-options.js'
import { piSource, type PiSourceOptions } from './pipeline/source.js'
import { omfRequest, type OmfOptions } from './omf.js'
import { readCallOptions, readPiOptions, type CallOptions, type PiOptions } from './options.js'
import { TOKENS } from './placeholder.js'
import { readRef, readRefs, type PiRef } from './references.js'
import { buildRequest, pairsOf, queryText, type PiRequest } from './request.js'
import { Resolver, type PiStream } from './resolver.js'
import type { PiResponse } from './response.js'
import type { Action } from './table/parse.js'
import { plantTree, type Builders, type Controllers } from './table/tree.js'
import { zonedTime, type PiTime } from './time.js'
import type { PiUpdate } from './update.js'
import { streamUpdates, type UpdatesOptions } from './updates/updates.js'
import { readValue, readValues } from './values.js'
import { readWebId } from './web-id.js'

/** The controllers, each with a typed method per action. `omf` and `batch` are functions with their action as property. */
export type PiControllers = Omit<Controllers, 'omf' | 'batch'>

// A class cannot implement what is made from a table; its base can be said to be that.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
const Tree = class {} as unknown as new () => PiControllers

/**
 * A client of PI Web API.
 *
 * Every action of every controller is a typed method: `pi.streams.getRecorded({ webId, startTime: '*-8h' })`. Keys of
 * answers are the server's. Convenience calls take references: tags, paths or WebIDs.
 *
 * @throws {@link PiArgumentError} when the URL or an option is bad
 * @example
 * import { PiWebApi } from 'node-pvxs/pi'
 * import { piSimulator } from 'node-pvxs/testing'
 *
 * await using sim = await piSimulator({ points: { sinusoid: { value: 1.5, units: 'degC' } } })
 * await using pi = new PiWebApi(sim.url)
 * const { value, units } = await pi.value('sinusoid')
 * const seen = [value, units] // → [1.5, 'degC']
 */
export class PiWebApi extends Tree implements AsyncDisposable {
  readonly #transport: Transport
  readonly #resolver: Resolver
  #maker: PointMaker | undefined
  /** What is to be ended with the client. */
  readonly #channels = new Set<{ close(): Promise<void> }>()
  /** The same methods; they give the request and send nothing. */
  readonly build: Builders
  /**
   * Sends OMF messages: types, containers or data. `pi.omf.postAsync` is the action below it.
   *
   * @throws {@link PiHttpError} when the server refuses
   */
  declare readonly omf: ((
    type: 'type' | 'container' | 'data',
    messages: readonly object[],
    options?: OmfOptions,
  ) => Promise<unknown>) &
    Controllers['omf']

  /** A new {@link Batch}; `pi.batch.execute` is the action below it. */
  declare readonly batch: (() => Batch) & Controllers['batch']

  constructor(url: string | URL, options?: PiOptions) {
    super()
    const settings = readPiOptions(url, options)
    this.#transport = new Transport(settings)
    plantTree((action, args, given) => this.#call(action, args, given), this)
    this.build = plantTree((action, args, given) => this.#request(action, args, given), {}) as Builders
    this.#resolver = new Resolver(this, settings)
    const { execute } = (this as unknown as Controllers).batch
    const batch = Object.assign(() => this.#batch(), { execute })
    Object.defineProperty(this, 'batch', { value: batch, enumerable: true })
    const { postAsync } = (this as unknown as Controllers).omf
    const omf = Object.assign((...args: unknown[]) => this.#omf(args), { postAsync })
    Object.defineProperty(this, 'omf', { value: omf, enumerable: true })
  }

  /** Counters since the start. */
  get stats(): PiStats {
    return { ...this.#transport.stats }
  }

  /**
   * Sends any request; resolves with the answer whatever its status. A path is taken as it is, so encode what is in it.
   *
   * @throws {@link PiNetworkError}, {@link PiTimeoutError}, {@link PiResponseError} for an answer that is not JSON
   */
  async request(
    request:
      | PiRequest
      | {
          readonly verb: string
          readonly path: string
          readonly query?: CallOptions['query']
          readonly body?: unknown
          readonly headers?: CallOptions['headers']
        },
    options?: CallOptions,
  ): Promise<PiResponse> {
    const read = readCallOptions(options, 'request')
    const given = request as {
      verb?: unknown
      path?: unknown
      query?: unknown
      body?: unknown
      headers?: unknown
    }
    const verb = typeof given.verb === 'string' ? given.verb.toUpperCase() : ''
    if (!/^(GET|POST|PUT|PATCH|DELETE|HEAD)$/.test(verb))
      throw new PiArgumentError('request: verb is GET, POST, PUT, PATCH, DELETE or HEAD')
    if (typeof given.path !== 'string' || /[\s\\]|(^|\/)\.\.?(\/|$)|^\w+:\/\//.test(given.path))
      throw new PiArgumentError('request: path is text below the base URL, percent-encoded')
    const extra = readCallOptions({ headers: given.headers }, 'request')
    const query = [...pairsOf(given.query, 'request: query'), ...pairsOf(read.query, 'option "query"')]
    const path = given.path.replace(/^\/+/, '')
    const binary = (request as Partial<PiRequest>).binary === true
    return this.#transport.send(
      {
        verb,
        path,
        query,
        url: `${this.#transport.settings.base}/${path}${queryText(query)}`,
        ...(given.body === undefined ? {} : { body: given.body }),
        ...(binary ? { binary } : {}),
      },
      { ...this.#options(read), headers: { ...extra.headers, ...read.headers } },
    )
  }

  /**
   * Looks references up, in few requests; what was found is remembered. One that is not there rejects its own entry, with
   * {@link PiNotFoundError}.
   */
  async resolve(refs: readonly PiRef[], options?: CallOptions): Promise<PromiseSettledResult<PiStream>[]> {
    const read = this.#options(readCallOptions(options, 'resolve'))
    return Promise.allSettled(this.#resolver.resolve(readRefs(refs, 'resolve'), read))
  }

  /**
   * The value of a stream, now or at a time.
   *
   * @throws {@link PiNotFoundError}, {@link PiHttpError} and the rest of {@link PiError}
   */
  async value(ref: PiRef, options?: CallOptions & { readonly at?: PiTime | undefined }): Promise<PiUpdate> {
    const { at, read } = this.#at(options, 'value')
    return readValue(this.#reading(), readRef(ref, 'value: the reference'), at, read)
  }

  /** The values of many streams in few requests; each entry succeeds or fails for itself. */
  async values(
    refs: readonly PiRef[],
    options?: CallOptions & { readonly at?: PiTime | undefined },
  ): Promise<PromiseSettledResult<PiUpdate>[]> {
    const { at, read } = this.#at(options, 'values')
    return readValues(this.#reading(), readRefs(refs, 'values'), at, read)
  }

  /**
   * The archive as a {@link PiHistory}: events page by page, windows, the value at a time, points by pattern.
   *
   * @throws {@link PiArgumentError} when an option is bad
   */
  history(options?: PiHistoryOptions): PiHistory {
    return new PiHistory(this.#reading(), options)
  }

  /**
   * The archive as a {@link PiSink}: samples of PVs into points, which it may make.
   *
   * @throws {@link PiArgumentError} when an option is bad
   */
  sink(options?: PiSinkOptions): PiSink {
    const reading = this.#reading()
    this.#maker ??= new PointMaker(reading)
    return new PiSink({ ...reading, send: (...args) => this.#transport.send(...args) }, this.#maker, options)
  }

  /**
   * Opens a channel of streams, or of all attributes of a parent; resolves when all of its sockets are open.
   *
   * @throws {@link PiNotFoundError} for a reference that is not there; what the server refuses, with its status and text
   * @throws {@link PiTimeoutError} when it is not open in time
   * @throws {@link PiArgumentError} for a bad reference or option
   * @example
   * await using channel = await pi.channel(['sinusoid'])
   * for await (const { items } of channel) {
   *   console.log(items[0]?.value)
   *   break
   * }
   */
  async channel(spec: PiSpec, options?: ChannelOptions): Promise<Channel> {
    return this.#open(spec, options, 'channel')
  }

  /**
   * Follows streams, value by value: reconnects, and reads from the archive what it missed. It opens with the first value
   * that is asked for, and closes when the iteration is left.
   *
   * @throws {@link PiArgumentError} for a bad reference or option, at once
   * @example
   * for await (const { ref, value } of pi.watch(['sinusoid'])) {
   *   console.log(ref, value)
   *   break
   * }
   */
  watch(spec: PiSpec, options?: ChannelOptions): PiWatch {
    const settings = readChannelOptions(options, this.#transport.settings.maxUrlBytes, 'watch')
    readSpec(spec, 'watch', settings.resolve)
    return new PiWatch(settings.signal, (signal) => this.#open(spec, { ...options, signal }, 'watch'))
  }

  /**
   * Follows streams without a WebSocket, by polling: what is new since the last turn. The server keeps it meanwhile; when it
   * forgets, the streams are signed up again, and the archive is read for what was missed. An attribute that is static has
   * its value given once, with the server's reason in `errors`.
   *
   * @throws {@link PiArgumentError} for a bad reference or option, at once
   * @example
   * for await (const updates of pi.updates(['sinusoid'], { interval: 500 })) {
   *   for (const { ref, value } of updates) console.log(ref, value)
   *   break
   * }
   */
  updates(refs: readonly PiRef[], options?: UpdatesOptions): AsyncGenerator<PiUpdate[], void, undefined> {
    if (this.#transport.closed) throw new PiClosedError('this PiWebApi is closed')
    return streamUpdates(this.#reading(), refs, options, this.#channels)
  }

  /**
   * What keeps a `ManagedStream` of values alive: a specification is a list of references, or a parent.
   *
   * @throws {@link PiArgumentError} for bad options
   * @example
   * import { ManagedStream } from 'node-pvxs/stream'
   *
   * await using stream = new ManagedStream(pi.source())
   * await stream.start(['sinusoid'])
   * for await (const { ref, value } of stream) {
   *   console.log(ref, value)
   *   break
   * }
   */
  source(options?: PiSourceOptions): Source<PiSpec, PiUpdate> {
    const open = (spec: PiSpec, given: ChannelOptions): Promise<Channel> => this.#open(spec, given, 'source')
    return piSource(this.#reading(), open, options)
  }

  /** What is wrong with this URL, certificate or account. Changes nothing and never rejects, but for an abort. */
  async check(options?: CallOptions): Promise<PiCheck> {
    const read = this.#options(readCallOptions(options, 'check'))
    const { base } = this.#transport.settings
    return checkServer(
      (verb, path, more, body) =>
        this.#transport.send({ verb, path, query: [], url: `${base}/${path}`, body }, more),
      read,
    )
  }

  /** Ends what runs with {@link PiClosedError} and closes the connections; twice is harmless. */
  async close(): Promise<void> {
    await Promise.all([this.#transport.close(), ...[...this.#channels].map((channel) => channel.close())])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  [INSPECT](_depth: number, options: unknown, inspect: Inspect): string {
    const { base } = this.#transport.settings
    return shown('PiWebApi', { url: base, closed: this.#transport.closed, ...this.stats }, options, inspect)
  }

  /** What JSON shows: not the options, which hold secrets. */
  toJSON(): object {
    return { url: this.#transport.settings.base }
  }

  async #open(spec: unknown, options: unknown, op: string): Promise<Channel> {
    const settings = readChannelOptions(options, this.#transport.settings.maxUrlBytes, op)
    const wanted = readSpec(spec, op, settings.resolve)
    if (op !== 'source' && 'length' in wanted && wanted.length === 0)
      throw new PiArgumentError(`${op} needs at least one reference`)
    if (this.#transport.closed) throw new PiClosedError('this PiWebApi is closed')
    const channel = new Channel(this.#reading(), settings, (ended) => this.#channels.delete(ended))
    this.#channels.add(channel)
    await channel.open(wanted)
    return channel
  }

  #batch(): Batch {
    const { base, requestedWith } = this.#transport.settings
    const request = { verb: 'POST', path: 'batch', query: [], url: `${base}/batch` }
    return new Batch(async (body, options) => {
      const read = this.#options(readCallOptions(options, 'batch'))
      return this.#transport.send({ ...request, body }, read)
    }, requestedWith)
  }

  #reading(): { api: Controllers; resolver: Resolver; settings: Transport['settings'] } {
    const { settings } = this.#transport
    return { api: this, resolver: this.#resolver, settings }
  }

  #options({ signal, timeout, headers }: CallOptions | ReturnType<typeof readCallOptions>): CallOptions {
    return { signal, timeout, headers }
  }

  #at(options: unknown, op: string): { at: string | undefined; read: CallOptions } {
    const { at, ...rest } = (options ?? {}) as { at?: unknown }
    const read = this.#options(
      readCallOptions(options == null || typeof options !== 'object' ? options : rest, op),
    )
    return { at: at === undefined ? undefined : zonedTime(at, `${op}: at`), read }
  }

  #request(action: Action, args: unknown, options: unknown): PiRequest {
    const op = `${action.controller}.${action.name}`
    const { query } = readCallOptions(options, op)
    const request = buildRequest(
      this.#transport.settings.base,
      action,
      args,
      pairsOf(query, `${op}: option "query"`),
    )
    return action.body === 'multipart' ? { ...request, body: fileBody(request.body, op) } : request
  }

  async #call(action: Action, args: unknown, options: unknown): Promise<unknown> {
    const op = `${action.controller}.${action.name}`
    const read = readCallOptions(options, op)
    const request = this.#request(action, args, options)
    if (request.url.search(TOKENS) >= 0)
      throw new PiArgumentError(`${op}: a placeholder stands in a batch only`)
    const response = await this.#transport.send(request, this.#options(read))
    response.raiseForStatus()
    if (response.status !== 201) return response.body
    const location = response.header('location') ?? ''
    const created = { location, webId: webIdIn(location) }
    // Signing up for stream updates is answered with 201 and a body.
    return isPlainObject(response.body) ? { ...created, ...response.body } : created
  }

  async #omf(args: readonly unknown[]): Promise<unknown> {
    const { body, headers, call } = await omfRequest(args)
    const { base } = this.#transport.settings
    const response = await this.#transport.send(
      { verb: 'POST', path: 'omf', query: [], url: `${base}/omf`, body },
      { ...call, headers },
    )
    return response.raiseForStatus().body
  }
}

/** The last part of the place of a new object, when it is a WebID. */
function webIdIn(location: string): string | undefined {
  const last = /([^/?#]+)(?:[?#].*)?$/.exec(location)?.[1]
  return last !== undefined && readWebId(last) !== undefined ? last : undefined
}
