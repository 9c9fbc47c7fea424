import type { ServerOptions } from 'node:https'
import { callback } from '../../input/index.js'
import { InvalidArgumentError } from '../../errors.js'
import { plain, systemState, type Event, type Held } from './archive.js'
import type { IdForm } from './ids.js'
import { heldBy, Model, type SimulatedAttribute, type SimulatedPoint, type Stream } from './model.js'
import { checkPoint } from './options.js'
import { HttpEnd, type Intercept, type SimulatedAuth, type SimulatedRequest } from './server.js'
import { now, steps, time as timeOf } from './times.js'
import { Markers } from './updates.js'

/** What {@link piSimulator} takes. */
export interface SimulatorOptions {
  readonly points?: Readonly<Record<string, SimulatedPoint>> | undefined
  /** The states of each set, in order. */
  readonly digitalSets?: Readonly<Record<string, readonly string[]>> | undefined
  /** By `Database\Element|Attribute`. */
  readonly attributes?: Readonly<Record<string, SimulatedAttribute>> | undefined
  /** Who may come in: a user, a token, or a function that gives true or the challenges of a 401. Everybody. */
  readonly auth?: SimulatedAuth | undefined
  /** A key and a certificate: the server speaks https. */
  readonly tls?: ServerOptions | undefined
  /** Whether writes need X-Requested-With. true. */
  readonly csrf?: boolean | undefined
  /** Values of one answer at most. 150000. */
  readonly maxReturned?: number | undefined
  /** ms between two looks of a channel at the archives. 10. */
  readonly pollInterval?: number | undefined
  /** The form of WebIDs, when a request asks for none. Full. */
  readonly webIdType?: IdForm | undefined
  /** The name of the data server. PISRV. */
  readonly server?: string | undefined
  /** The name of the asset server. AFSRV. */
  readonly assetServer?: string | undefined
  /** Where it listens on the loopback interface: for a process that comes back in place of an earlier one. A free one. */
  readonly port?: number | undefined
}

/** A value that {@link PiSimulator.post} and {@link PiSimulator.load} take: a state goes by its name. */
export type SimulatedValue = number | bigint | string | boolean

/** A time of the simulator: ns since the epoch, a Date, or text as PI reads it. */
export type SimulatedTime = bigint | Date | string

/** How a value is posted. */
export interface PostOptions {
  /** Now. */
  readonly time?: SimulatedTime | undefined
  readonly good?: boolean | undefined
  readonly questionable?: boolean | undefined
  /** The value names a state of the system, such as `I/O Timeout`. */
  readonly system?: boolean | undefined
}

/**
 * A server that speaks PI Web API, for tests: points and attributes with their archives, in this process, on a free port of
 * the loopback interface.
 */
export class PiSimulator implements AsyncDisposable {
  readonly #model: Model
  readonly #markers = new Markers()
  readonly #http: HttpEnd

  /** @internal */
  constructor(options: SimulatorOptions) {
    const { server = 'PISRV', assetServer = 'AFSRV' } = options
    this.#model = new Model(server, assetServer)
    for (const [name, states] of Object.entries(options.digitalSets ?? {})) this.#model.addSet(name, states)
    for (const [name, point] of Object.entries(options.points ?? {})) this.addPoint(name, point)
    for (const [path, attribute] of Object.entries(options.attributes ?? {}))
      this.#model.addAttribute(path, attribute)
    this.#http = new HttpEnd(this.#model, this.#markers, {
      tls: options.tls,
      auth: options.auth,
      csrf: options.csrf ?? true,
      maxReturned: options.maxReturned ?? 150_000,
      pollInterval: options.pollInterval ?? 10,
      form: options.webIdType ?? 'Full',
      port: options.port ?? 0,
    })
  }

  /** The base URL: `http://127.0.0.1:PORT/piwebapi`. */
  get url(): string {
    return this.#http.url
  }

  /** All requests since the start, the newest last. */
  get requests(): readonly SimulatedRequest[] {
    return this.#http.requests
  }

  /** WebSockets of channels that are open. */
  get sockets(): number {
    return this.#http.channels.open
  }

  /** Adds a value to the archive of a stream: a tag, a path or a WebID. */
  post(ref: string, value: SimulatedValue, options: PostOptions = {}): void {
    const stream = this.#model.streamOf(ref)
    const at = options.time === undefined ? now() : instant(options.time)
    const held = options.system === true ? stateOfSystem(value) : this.#held(stream, value)
    const bad = options.system === true || (typeof held === 'object' && held !== null && held.IsSystem)
    const event = plain(at, held)
    const good = options.good ?? !bad
    stream.archive.store({ ...event, good, questionable: options.questionable ?? false }, 'Insert')
  }

  /** Adds many values: pairs of time and value. */
  load(ref: string, values: Iterable<readonly [time: SimulatedTime, value: SimulatedValue]>): void {
    const stream = this.#model.streamOf(ref)
    for (const [at, value] of values)
      stream.archive.store(plain(instant(at), this.#held(stream, value)), 'Insert')
  }

  /** What is in the archive of a stream. */
  events(ref: string): Event[] {
    return [...this.#model.streamOf(ref).archive.events]
  }

  /** Makes a point. */
  addPoint(name: string, options: SimulatedPoint = {}): void {
    checkPoint(options, `the point ${JSON.stringify(name)}`)
    if (this.#model.pointAt(name) !== undefined)
      throw new InvalidArgumentError(`the simulator has a point ${JSON.stringify(name)} already`)
    const { digitalSet } = options
    if (digitalSet !== undefined && !this.#model.sets.has(digitalSet.toUpperCase()))
      throw new InvalidArgumentError(`the simulator has no digital set ${JSON.stringify(digitalSet)}`)
    this.#model.addPoint(name, options)
  }

  /** A function that sees each request first, and answers in the server's place when it returns something. */
  intercept(answer: Intercept | undefined): void {
    if (answer !== undefined) callback(answer, 'intercept')
    this.#http.intercept = answer
  }

  /** Sends a frame over all channels as it is: what is not JSON, or is not what a channel sends. */
  sendFrame(frame: string | Uint8Array): void {
    this.#http.channels.send(frame)
  }

  /** Cuts all connections; the server goes on. */
  dropSockets(): void {
    this.#http.drop()
  }

  /** Cuts all connections and listens no more. The archive stays. */
  stop(): Promise<void> {
    return this.#http.stop()
  }

  /** Listens again, on the same port. */
  start(): Promise<void> {
    return this.#http.start()
  }

  /** Forgets who signed up for stream updates: their markers answer 404. */
  forgetUpdates(): void {
    this.#markers.forget()
  }

  /** Ends it, with all its connections; twice is harmless. */
  close(): Promise<void> {
    return this.#http.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #held(stream: Stream, value: SimulatedValue): Held {
    const held = heldBy(stream, value)
    if (typeof held === 'object' && held !== null && 'wrong' in held)
      throw new InvalidArgumentError(`${stream.name}: ${held.wrong}`)
    return held
  }
}

function stateOfSystem(value: SimulatedValue): Held {
  const state = systemState(String(value))
  if (state === undefined)
    throw new InvalidArgumentError(`${JSON.stringify(String(value))} is not a state of the system`)
  return state
}

function instant(at: SimulatedTime): bigint {
  if (typeof at === 'bigint') return steps(at)
  const ns = typeof at === 'string' ? timeOf(at, now()) : BigInt(at.getTime()) * 1_000_000n
  if (ns === undefined) throw new InvalidArgumentError(`${JSON.stringify(at)} is not a time`)
  return steps(ns)
}
