import { ClosedError, InvalidArgumentError, PvaError, ResourceError } from '../errors.js'
import { FailureCode, Kind, PhaseCode, TroubleCode } from './addon.js'
import type { Environment } from './environment.js'
import type { Hold } from './hold.js'
import { nativeError } from './native-error.js'
import type { InboxRecord, Sink } from './inbox.js'
import { unwatch, watch, type Abortable } from './signals.js'
import type { Timed } from './deadlines.js'

/** How far an abandoned call had come. */
export interface Progress {
  readonly phase: 'search' | 'connect' | 'init' | 'execute'
  /** Search requests sent. */
  readonly searches: number
  /** `host:port` of the server that was reached or tried, or `''`. */
  readonly server: string
  /** Servers that were heard to beacon, whatever they serve: how many, and the addresses of the first. */
  readonly beacons: { readonly count: number; readonly first: string }
  /** Why there is no channel although a server has it. */
  readonly trouble: Trouble | undefined
  /** While searching: the name servers without a connection. */
  readonly lostNameServers: readonly { readonly server: string; readonly why: string }[]
}

/** `refused`: by the server, whose text is `why`. `unreached`: the connection failed. `unanswered`: it was not answered yet. */
export interface Trouble {
  readonly kind: 'refused' | 'unreached' | 'unanswered'
  readonly why: string
}

export interface Limits {
  /** ms; Infinity: never */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

// ms that a call waits after its timeout to learn how far it had come.
const GRACE = 1_000

/**
 * A promise that the addon settles: one pending call.
 *
 * It settles exactly once, by a record, the clock, a signal or `cancel`, and then leaves every table.
 */
export abstract class Call<T> implements Sink, Timed, Abortable {
  slot = 0
  id: number
  readonly promise: Promise<T>
  protected readonly env: Environment
  readonly #hold: Hold
  readonly #signal: AbortSignal | undefined
  #resolve!: (value: T) => void
  #reject!: (reason: unknown) => void
  #settled = false
  #late = false

  constructor(env: Environment, hold: Hold, limits?: Limits) {
    this.env = env
    this.#hold = hold
    this.#signal = limits?.signal
    this.id = env.newId()
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (this.#signal?.aborted === true) {
      this.#settled = true
      this.#reject(this.#signal.reason)
      return
    }
    env.listen(1)
    env.inbox.add(this.id, this)
    hold.add()
    if (limits !== undefined) env.deadlines.add(this, limits.timeout)
    if (this.#signal !== undefined) watch(this.#signal, this)
  }

  get settled(): boolean {
    return this.#settled
  }

  /** Takes the value out of a Result. */
  protected abstract result(record: InboxRecord): T

  /** The error for a call that ran out of time; `progress` is undefined when it is not known how far it had come. */
  protected abstract timedOut(progress: Progress | undefined): Error

  /** The error for a Failure, or undefined when the call goes on. */
  protected failure(code: number, text: string): Error | undefined {
    switch (code) {
      case FailureCode.Closed:
        return new ClosedError(text)
      case FailureCode.Argument:
        return new InvalidArgumentError(text)
      case FailureCode.Resource:
        return new ResourceError(text)
      default:
        return new PvaError(text)
    }
  }

  protected init(record: InboxRecord): void {
    throw new Error(`call ${record.id} asked for a value and has none`)
  }

  /** Called once, when it settles. */
  protected finished(): void {
    // for subclasses
  }

  /** Sends the call; what the addon throws rejects it. */
  send(submit: (id: number) => void): this {
    if (this.#settled) return this
    try {
      submit(this.id)
    } catch (error) {
      this.fail(nativeError(error))
    }
    return this
  }

  /** Gives the call a new id: the old one has been answered. */
  protected renumber(): void {
    this.env.inbox.delete(this.id)
    this.id = this.env.newId()
    this.env.inbox.add(this.id, this)
  }

  record(record: InboxRecord): void {
    try {
      switch (record.kind) {
        case Kind.Result:
          this.done(this.result(record))
          break
        case Kind.Failure:
          this.#failed(record.flags, record.reader.string())
          break
        case Kind.Init:
          if (!this.#late) this.init(record)
          break
        case Kind.Phase:
          this.progressed(progressOf(record))
      }
    } catch (error) {
      this.#abandon(error)
    }
  }

  /** It is known how far the call had come, which was given up for it. */
  protected progressed(progress: Progress): void {
    this.fail(this.timedOut(progress))
  }

  #failed(code: number, text: string): void {
    if (this.#late && code === FailureCode.Closed) {
      this.fail(this.timedOut(undefined))
      return
    }
    const error = this.failure(code, text)
    if (error !== undefined) this.fail(error)
  }

  expired(): void {
    if (this.#late) {
      this.fail(this.timedOut(undefined))
      return
    }
    this.#late = true
    this.env.deadlines.add(this, GRACE)
    this.env.addon.abandon(this.id, true)
  }

  aborted(reason: unknown): void {
    this.#abandon(reason)
  }

  /** Gives the call up, for this reason. */
  cancel(reason: unknown): void {
    this.#abandon(reason)
  }

  #abandon(reason: unknown): void {
    if (this.#settled) return
    this.fail(reason)
    this.env.addon.abandon(this.id, false)
  }

  protected done(value: T): void {
    if (this.#settled) return
    this.#settle()
    this.#resolve(value)
  }

  fail(reason: unknown): void {
    if (this.#settled) return
    this.#settle()
    if (reason instanceof PvaError) this.#resolve(traced(reason) as never)
    else this.#reject(reason)
  }

  #settle(): void {
    this.#settled = true
    this.env.inbox.delete(this.id)
    this.env.deadlines.delete(this)
    if (this.#signal !== undefined) unwatch(this.#signal, this)
    this.#hold.drop()
    this.env.listen(-1)
    this.finished()
  }
}

/**
 * Rejects with an error whose stack names the lines of the user that await it. V8 knows these when an async function that the
 * promise stands for goes on, so they cost a call that succeeds nothing. A few turns, until the promise stands for it.
 */
async function traced(error: PvaError): Promise<never> {
  for (let turns = 0; turns < 3; turns++) await Promise.resolve()
  const here = { stack: '' }
  Error.captureStackTrace(here)
  // Behind the head and this function. Tools that map sources drop the word async.
  const lines = here.stack
    .split('\n')
    .slice(2)
    .filter((line) => !line.includes('processTicksAndRejections'))
  if (lines.length > 0 && error.stack !== undefined && !error.stack.includes(lines.join('\n')))
    error.stack += `\n${lines.join('\n')}`
  throw error
}

const phases: Readonly<Record<number, Progress['phase']>> = {
  [PhaseCode.Search]: 'search',
  [PhaseCode.Connect]: 'connect',
  [PhaseCode.Init]: 'init',
} as const

const troubles: Readonly<Record<number, Trouble['kind']>> = {
  [TroubleCode.Refused]: 'refused',
  [TroubleCode.Unreached]: 'unreached',
  [TroubleCode.Unanswered]: 'unanswered',
} as const

function progressOf(record: InboxRecord): Progress {
  const { reader } = record
  const code = reader.u8()
  const searches = reader.u32()
  const server = reader.string()
  const beacons = { count: reader.u32(), first: reader.string() }
  const kind = troubles[reader.u8()]
  const why = reader.string()
  const lines = reader.string().split('\n')
  const lostNameServers = lines
    .filter((line) => line !== '')
    .map((line) => ({ server: line.split(' ', 1)[0] ?? '', why: line.slice(line.indexOf(' ') + 1) }))
  const trouble = kind === undefined ? undefined : { kind, why }
  return { phase: phases[code] ?? 'execute', searches, server, beacons, trouble, lostNameServers }
}

/** A call without a result, a time limit or a signal: open, close, start, stop. */
export class Acknowledgement extends Call<void> {
  protected result(): void {
    // its arrival is the answer
  }

  protected timedOut(): Error {
    return new PvaError('no answer')
  }
}

/** Asks how far something has come. */
export class ProgressCall extends Call<Progress> {
  protected result(): Progress {
    throw new Error('a question about progress is answered by a Phase')
  }

  protected override progressed(progress: Progress): void {
    this.done(progress)
  }

  protected timedOut(): Error {
    return new PvaError('no answer')
  }
}

/** Asks for a list of texts. */
export class TextsCall extends Call<string[]> {
  protected result({ reader }: InboxRecord): string[] {
    const texts: string[] = []
    for (let left = reader.u32(); left > 0; left--) texts.push(reader.string())
    return texts
  }

  protected timedOut(): Error {
    return new PvaError('no answer')
  }
}
