// Calls as users mean them: with a slot, a time limit, a signal, and another attempt where that does no harm.
import { escapeLine } from '../input/index.js'
import { BackOff } from '../telemetry/index.js'
import { BTrDBError, type BTrDBErrorDetails } from './errors.js'
import { Guard, type Spec } from './guard.js'
import type { ApiKey, Settings } from './options.js'
import { Slots } from './slots.js'
import { codeOfGrpc, codeOfStatus, grpcName, isLater, type Status } from './status.js'
import { GrpcFailure, type Call, type Transport } from './transport.js'
import { calls, type AnswerOf, type CallOfKind, type Codec, type RequestOf } from './wire/index.js'
import { WireError } from './wire/index.js'

/** Counts of a client. */
export interface BTrDBStats {
  readonly calls: number
  readonly failed: number
  /** Attempts beyond the first. */
  readonly retried: number
  /** Points that went into BTrDB, as far as it has acknowledged them. */
  readonly pointsIn: number
  /** Points and windows that came out. */
  readonly pointsOut: number
  readonly waiting: number
  readonly running: number
}

/** What a session stands on. */
export interface SessionParts {
  readonly codec: Codec
  readonly transport: Transport
  readonly endpoint: string
  readonly apiKey: ApiKey | undefined
  readonly agent: string
  readonly settings: Pick<Settings, 'timeout' | 'retry' | 'concurrencyLimit'>
}

type Unary = CallOfKind<'unary'>
type Streaming = CallOfKind<'stream'>
type AnyCall = keyof typeof calls

interface PagesOptions {
  /** What the request of a further attempt does: it goes on where the last one stopped, or begins again. */
  readonly resume?: 'onwards' | 'anew'
}

/** One server and what runs on it. */
export class Session {
  readonly endpoint: string
  readonly slots: Slots
  readonly #parts: SessionParts
  readonly #ongoing = new Set<Guard>()
  #closed = false
  #key = ''
  #calls = 0
  #failed = 0
  #retried = 0
  pointsIn = 0
  pointsOut = 0
  retry: Settings['retry']

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.endpoint = parts.endpoint
    this.slots = new Slots(parts.settings.concurrencyLimit)
    this.retry = parts.settings.retry
  }

  get closed(): boolean {
    return this.#closed
  }

  get stats(): BTrDBStats {
    const { pointsIn, pointsOut } = this
    const { waiting, running } = this.slots
    return {
      calls: this.#calls,
      failed: this.#failed,
      retried: this.#retried,
      pointsIn,
      pointsOut,
      waiting,
      running,
    }
  }

  /** One request, one answer. `repeat`: whether it may be sent again when it is not known what became of it. */
  async unary<C extends Unary>(
    rpc: C,
    request: RequestOf<C>,
    spec: Spec,
    repeat = true,
  ): Promise<AnswerOf<C>> {
    const { codec } = this.#parts
    const send = (guard: Guard): Promise<Buffer> =>
      this.#exchange(rpc, codec.encode(calls[rpc].request, request), guard)
    return this.#unary(rpc, spec, repeat, async (guard) => {
      const answer: AnswerOf<C> = this.#decode(rpc, await send(guard), spec)
      return this.#checked(answer, rpc, spec)
    })
  }

  /** One call of any path, as bytes. */
  bytes(path: string, request: Buffer, spec: Spec, repeat: boolean): Promise<Buffer> {
    return this.#unary(path, spec, repeat, (guard) => this.#exchange(path, request, guard))
  }

  async #unary<R>(
    rpc: string,
    spec: Spec,
    repeat: boolean,
    attempt: (guard: Guard) => Promise<R>,
  ): Promise<R> {
    const guard = this.#begin(rpc, spec)
    try {
      const waiting = this.slots.take(spec.signal)
      if (waiting !== undefined) await waiting
      try {
        guard.arm()
        for (;;) {
          guard.check()
          try {
            return await attempt(guard)
          } catch (error) {
            await this.#again(guard, this.told(error, rpc, spec), repeat)
          }
        }
      } finally {
        this.slots.give()
      }
    } catch (error) {
      this.#failed++
      throw error
    } finally {
      this.#end(guard)
    }
  }

  /** One request, many answers; each is read when it is asked for. Leaving the iteration ends the call. */
  async *pages<C extends Streaming>(
    rpc: C,
    request: () => RequestOf<C>,
    spec: Spec,
    { resume }: PagesOptions = {},
  ): AsyncGenerator<AnswerOf<C>, void, undefined> {
    const guard = this.#begin(rpc, spec)
    let given = false
    let done = false
    try {
      for (;;) {
        try {
          guard.call = undefined
          for (;;) {
            const page = await this.#page(rpc, request, guard)
            if (page === undefined) {
              done = true
              return
            }
            // One that begins again and breaks at the same page would never end.
            if (resume !== 'anew') guard.succeeded()
            given = true
            done = true
            yield page as AnswerOf<C>
            done = false
            guard.check()
          }
        } catch (error) {
          guard.call?.fail(error)
          const told = this.told(error, rpc, spec)
          await this.#again(guard, told, resume !== undefined || !given)
        }
      }
    } finally {
      if (!done) this.#failed++
      this.#end(guard)
    }
  }

  /** Reads a page with a slot, which is given back while the consumer works. */
  async #page<C extends Streaming>(rpc: C, request: () => RequestOf<C>, guard: Guard): Promise<unknown> {
    const { spec } = guard
    const waiting = this.slots.take(spec.signal)
    if (waiting !== undefined) await waiting
    try {
      guard.check()
      guard.arm()
      let { call } = guard
      if (call === undefined) {
        call = await this.#open(rpc, guard)
        call.send(this.#parts.codec.encode(calls[rpc].request, request()))
        call.end()
      }
      const bytes = await call.next()
      return bytes === undefined ? undefined : this.#checked(this.#decode(rpc, bytes, spec), rpc, spec)
    } finally {
      guard.disarm()
      this.slots.give()
    }
  }

  /** A call that sends and reads at will. It has no slot and no time limit: it may last for days. */
  async both(spec: Spec): Promise<{ readonly call: Call; readonly guard: Guard; end(): void }> {
    const guard = this.#begin('Subscribe', spec)
    try {
      const call = await this.#open('Subscribe', guard)
      return {
        call,
        guard,
        end: () => {
          this.#end(guard)
        },
      }
    } catch (error) {
      this.#end(guard)
      throw this.told(error, 'Subscribe', spec)
    }
  }

  /** Reads an answer of {@link both}. */
  answer(bytes: Buffer, spec: Spec): AnswerOf<'Subscribe'> {
    const answer: AnswerOf<'Subscribe'> = this.#decode('Subscribe', bytes, spec)
    return this.#checked(answer, 'Subscribe', spec)
  }

  encode(request: RequestOf<'Subscribe'>): Buffer {
    return this.#parts.codec.encode('SubscribeRequest', request)
  }

  /** Ends all calls, and the connection. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const guard of [...this.#ongoing]) guard.fail(this.#closedError(guard.spec.op))
    this.slots.fail(this.#closedError(''))
    this.#parts.transport.close()
    // grpc-js lets go of the connection on the next turns.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }

  #begin(rpc: string, spec: Spec): Guard {
    if (this.#closed) throw this.#closedError(spec.op)
    this.#calls++
    const { retry } = this
    const { timeout } = this.#parts.settings
    const guard = new Guard(spec, {
      timeout: spec.timeout ?? timeout,
      expired: (ms) =>
        this.error(`no answer within ${ms} ms`, {
          code: 'ERR_BTRDB_TIMEOUT',
          rpc,
          op: spec.op,
          uuid: spec.uuid,
        }),
      backOff: new BackOff(retry === false ? {} : retry),
      attempts: retry === false ? 1 : retry.attempts,
    })
    this.#ongoing.add(guard)
    return guard
  }

  #end(guard: Guard): void {
    this.#ongoing.delete(guard)
    guard.end()
  }

  async #again(guard: Guard, error: unknown, repeat: boolean): Promise<void> {
    if (!repeat || !(error instanceof BTrDBError) || !error.retryable) throw error
    if (!guard.mayTryAgain()) {
      if (guard.tried > 1) error.message += `; tried ${guard.tried} times`
      throw error
    }
    this.#retried++
    await guard.pause()
  }

  async #open(rpc: string, guard: Guard): Promise<Call> {
    const headers: Record<string, string> = { 'x-api-client': this.#parts.agent }
    const key = await this.#askKey(guard)
    if (key !== undefined) headers['authorization'] = `Bearer ${key}`
    guard.check()
    const path = rpc in calls ? calls[rpc as AnyCall].path : rpc
    return (guard.call = this.#parts.transport.open(path, headers))
  }

  async #exchange(rpc: string, request: Buffer, guard: Guard): Promise<Buffer> {
    const call = await this.#open(rpc, guard)
    call.send(request)
    call.end()
    const { spec } = guard
    const answer = await call.next()
    if (answer === undefined) throw this.#broken('the answer has no message', rpc, spec)
    if ((await call.next()) !== undefined) {
      const broken = this.#broken('the answer has more than one message', rpc, spec)
      call.fail(broken)
      throw broken
    }
    return answer
  }

  async #askKey(guard: Guard): Promise<string | undefined> {
    const { spec } = guard
    const { apiKey } = this.#parts
    if (typeof apiKey !== 'function') {
      this.#key = apiKey ?? ''
      return apiKey
    }
    const refused = (text: string, cause?: unknown): BTrDBError =>
      new BTrDBError(`${spec.op}: the function apiKey ${text}`, {
        code: 'ERR_BTRDB_CREDENTIALS',
        op: spec.op,
        cause,
      })
    const asked = async (): Promise<unknown> => {
      try {
        return await apiKey()
      } catch (error) {
        throw refused('failed', error)
      }
    }
    const key = await guard.or(asked())
    if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) throw refused('gave no visible ASCII text')
    this.#key = key
    return key
  }

  #decode<C extends AnyCall>(rpc: C, bytes: Buffer, spec: Spec): AnswerOf<C> {
    try {
      return this.#parts.codec.decode(calls[rpc].answer, bytes) as AnswerOf<C>
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      throw this.#broken(`the answer cannot be read: ${error.message}`, rpc, spec)
    }
  }

  #checked<A extends object>(answer: A, rpc: string, spec: Spec): A {
    const { stat } = answer as { stat?: Status }
    if (stat === undefined || stat.code === 0 || stat.code === spec.allow) return answer
    const { code: status, msg } = stat
    throw this.error(msg === '' ? `the server answers ${status}` : `${msg} (${status})`, {
      code: codeOfStatus(status),
      status,
      rpc,
      op: spec.op,
      uuid: spec.uuid,
      retryable: isLater(status),
    })
  }

  #broken(message: string, rpc: string, { op, uuid }: Spec): BTrDBError {
    return this.error(message, { code: 'ERR_BTRDB_SERVER', rpc, op, uuid })
  }

  /** What failed, as an error of ours; what the user's signal or function gave stays. */
  told(error: unknown, rpc: string, { op, uuid }: Spec): unknown {
    if (!(error instanceof GrpcFailure)) return error
    const grpc = grpcName(error.code)
    const code = codeOfGrpc(grpc)
    // gRPC's note is there also when nothing was noted.
    const text = error.message.replace(/\.? Resolution note: *$/, '')
    return this.error(`${text === '' ? 'the call failed' : text} (${grpc})`, {
      code,
      grpc,
      rpc,
      op,
      uuid,
      retryable: grpc === 'UNAVAILABLE',
      hint: code === 'ERR_BTRDB_NOT_SUPPORTED' ? `the server has no call ${rpc}` : undefined,
    })
  }

  /** An error about this server. A server may send anything back, our key too. */
  error(message: string, details: BTrDBErrorDetails): BTrDBError {
    const { op = '', uuid } = details
    const about = uuid === undefined ? op : `${op} of ${uuid}`
    const text = escapeLine(this.#key === '' ? message : message.replaceAll(this.#key, '…'))
    return new BTrDBError(`${about}: ${text}`, { ...details, endpoint: this.endpoint })
  }

  #closedError(op: string): BTrDBError {
    return new BTrDBError(`${op === '' ? '' : `${op}: `}the client is closed`, {
      code: 'ERR_BTRDB_CLOSED',
      op,
      endpoint: this.endpoint,
    })
  }
}
