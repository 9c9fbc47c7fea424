import type { Value } from '../data/index.js'
import { ClosedError, DisconnectedError, TimeoutError } from '../errors.js'
import { faultOf } from './faults.js'
import type { Link } from './link.js'

type Message = Readonly<Record<string, unknown>>

/** The answer to a call: the members of its reply, or the value of its record. */
export type Reply = { readonly value?: Value } & Message

export interface Ask {
  /** `get`, `put`, `call`, … */
  readonly type: string
  readonly op: string
  readonly pv: string | undefined
  readonly members: Message
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

interface Call {
  readonly id: number
  readonly ask: Ask
  readonly deadline: number
  sent: boolean
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** The bridge tells better what ran out, so it is waited for a little longer than it waits itself. */
const GRACE = 1_000
const PENDING = 64

/** The calls that are not answered yet. As many are sent at once as the bridge takes. */
export class Calls {
  readonly #calls = new Map<number, Call>()
  readonly #waiting = new Set<Call>()
  readonly #link: () => Link
  readonly #nextId: () => number

  constructor(link: () => Link, nextId: () => number) {
    this.#link = link
    this.#nextId = nextId
  }

  has(id: number): boolean {
    return this.#calls.get(id)?.sent ?? false
  }

  ask(ask: Ask): Promise<Reply> {
    const { signal, timeout } = ask
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason is whatever the user gave
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', aborted)
        this.#calls.delete(call.id)
        this.#waiting.delete(call)
        this.#fill()
      }
      const call: Call = {
        id: this.#nextId(),
        ask,
        deadline: performance.now() + timeout,
        sent: false,
        resolve: (reply) => {
          over()
          resolve(reply)
        },
        reject: (error) => {
          over()
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort's reason is whatever the user gave
          reject(error)
        },
      }
      const aborted = (): void => {
        if (call.sent) this.#link().say({ type: 'cancel', id: call.id })
        call.reject(signal?.reason)
      }
      let timer = setTimeout(() => {
        if (!call.sent) this.#tooLate(call)
        else timer = setTimeout(() => this.#tooLate(call), GRACE)
      }, timeout)
      signal?.addEventListener('abort', aborted)
      this.#calls.set(call.id, call)
      this.#waiting.add(call)
      this.#fill()
    })
  }

  answered(id: number, reply: Reply): void {
    this.#calls.get(id)?.resolve(reply)
  }

  /** Whether the error was for a call. */
  failed(id: number, message: Message): boolean {
    const call = this.#calls.get(id)
    call?.reject(faultOf(message, call.ask.op))
    return call !== undefined
  }

  opened(): void {
    this.#fill()
  }

  /** What may be done twice is asked again when the bridge is back. */
  lost(): void {
    for (const call of [...this.#calls.values()]) {
      if (!call.sent) continue
      const { type, op } = call.ask
      if (type === 'put' || type === 'call')
        call.reject(
          new DisconnectedError(
            `the bridge was lost: it is not known whether the ${op} was done`,
            about(call),
          ),
        )
      else {
        call.sent = false
        this.#waiting.add(call)
      }
    }
  }

  close(): void {
    for (const call of [...this.#calls.values()])
      call.reject(new ClosedError('the Context was closed', about(call)))
  }

  #fill(): void {
    const link = this.#link()
    if (!link.open) return
    const most = Math.min(PENDING, link.hello?.limits['pending'] ?? PENDING)
    for (const call of this.#waiting) {
      if (this.#calls.size - this.#waiting.size >= most) return
      this.#waiting.delete(call)
      call.sent = true
      const { type, pv, members } = call.ask
      const timeout = Math.max(1, Math.round(call.deadline - performance.now()))
      link.say({
        type,
        id: call.id,
        pv,
        ...members,
        ...(type !== 'find' && type !== 'history' && { timeout }),
      })
    }
  }

  #tooLate(call: Call): void {
    const { timeout, op } = call.ask
    const what = call.sent
      ? `${op}: no answer from the bridge within ${timeout} ms`
      : `${op}: no connection to the bridge within ${timeout} ms`
    if (call.sent) this.#link().say({ type: 'cancel', id: call.id })
    call.reject(new TimeoutError(what, { ...about(call), phase: call.sent ? 'execute' : 'connect' }))
  }
}

function about({ ask: { op, pv } }: Call): { op: string; pv?: string } {
  return pv === undefined ? { op } : { op, pv }
}
