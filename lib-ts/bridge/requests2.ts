import { ChangeSet } from '../data/index.js'
import type { Value } from '../index.js'
import {
  BridgeError,
  RESULT,
  valueContent,
  type Call2,
  type Find2,
  type Get2,
  type History2,
  type Info2,
  type Put2,
  type Request2,
} from '../pvws/index.js'
import type { Frames } from './frames.js'
import type { Who } from './gate.js'
import type { Hub } from './hub.js'
import type { LocalPvs } from './local-pvs.js'
import { addressOf, fieldsAt, type Address } from './names.js'
import type { SocketInfo } from './socket.js'
import { WriteOrder } from './write-order.js'

/** Where answers go. */
interface Answers {
  readonly frames: Frames
  readonly largest: number
  send(text: string): void
  error(error: unknown, id: number, pv: unknown): void
}

type Reply = Readonly<Record<string, unknown>>

/** The requests of one client of version 2 that are not answered yet. */
export class Requests2 {
  readonly #hub: Hub
  readonly #who: Who
  readonly #info: SocketInfo
  readonly #answers: Answers
  readonly #locals: LocalPvs
  readonly #open = new Map<number, { readonly type: Request2['type']; readonly abort: AbortController }>()
  readonly #writes = new WriteOrder()

  constructor(hub: Hub, who: Who, info: SocketInfo, answers: Answers, locals: LocalPvs) {
    this.#hub = hub
    this.#who = who
    this.#info = info
    this.#answers = answers
    this.#locals = locals
  }

  has(id: number): boolean {
    return this.#open.has(id)
  }

  /** @throws BridgeError when too many are open */
  start(request: Request2): void {
    const most = this.#hub.limits.pending
    if (this.#open.size >= most)
      throw new BridgeError('ERR_BRIDGE_LIMIT', `${most} requests are under way: too many`)
    const abort = new AbortController()
    this.#open.set(request.id, { type: request.type, abort })
    void this.#run(request, abort.signal)
  }

  /** One that is not open was answered already: its answer is on the way. */
  cancel(id: number): void {
    this.#open.get(id)?.abort.abort(new BridgeError('ERR_BRIDGE_CANCELLED', `request ${id} was cancelled`))
  }

  /** The client has left. Its writes go on: they were asked for. */
  close(): void {
    const left = new BridgeError('ERR_BRIDGE_CANCELLED', 'the client has left')
    for (const { type, abort } of this.#open.values())
      if (type !== 'put' && type !== 'call') abort.abort(left)
  }

  async #run(request: Request2, signal: AbortSignal): Promise<void> {
    const { id } = request
    const pv = 'pv' in request ? request.pv : undefined
    try {
      const reply = await cancellable(this.#answer(request, signal), signal)
      this.#open.delete(id)
      if (reply !== undefined) this.#send(JSON.stringify({ type: 'reply', id, ...reply }))
    } catch (error) {
      this.#open.delete(id)
      this.#answers.error(error, id, pv)
    }
  }

  /** @throws BridgeError for an answer that is too large */
  #send(text: string): void {
    const { largest } = this.#answers
    if (text.length > largest)
      throw new BridgeError(
        'ERR_BRIDGE_TOO_LARGE',
        `the answer has ${text.length} bytes: more than ${largest}`,
      )
    this.#answers.send(text)
  }

  #answer(request: Request2, signal: AbortSignal): Promise<Reply | undefined> {
    switch (request.type) {
      case 'get':
        return this.#get(request, signal)
      case 'info':
        return this.#describe(request, signal)
      case 'put':
        return this.#put(request, signal)
      case 'call':
        return this.#call(request, signal)
      case 'find':
        return this.#find(request, signal)
      case 'history':
        return this.#history(request, signal)
    }
  }

  async #get({ id, pv, fields, timeout, format }: Get2, signal: AbortSignal): Promise<Reply | undefined> {
    const address = addressOf(pv, this.#hub.slash)
    const asked = fieldsAt(address, fields)
    const value =
      this.#local(address) ??
      (await this.#allowed('read', address, () =>
        this.#hub.ctx.get(address.name, { timeout, signal, ...(asked.length > 0 && { fields: asked }) }),
      ))
    return this.#value(id, value, ChangeSet.fields(value.$type, asked), format)
  }

  async #describe({ pv, timeout }: Info2, signal: AbortSignal): Promise<Reply> {
    const address = addressOf(pv, this.#hub.slash)
    const type =
      this.#local(address)?.$type ??
      (await this.#allowed('read', address, () => this.#hub.ctx.info(address.name, { timeout, signal })))
    return { typeDef: type.toJSON(), text: type.toString() }
  }

  async #put({ pv, value, timeout, process, block }: Put2, signal: AbortSignal): Promise<Reply> {
    const address = addressOf(pv, this.#hub.slash)
    let failed: unknown
    // The order is kept also behind one that fails.
    await this.#writes.run(address.name, async () => {
      try {
        signal.throwIfAborted()
        if (address.kind === 'loc') this.#locals.write(address.name, value)
        else
          await this.#hub.write(this.#who, this.#info, pv as string, address, value, {
            timeout,
            signal,
            process,
            block,
          })
      } catch (error) {
        failed = error
      }
    })
    if (failed !== undefined) throw failed as Error
    return {}
  }

  async #call({ id, pv, args, timeout, format }: Call2, signal: AbortSignal): Promise<Reply | undefined> {
    const { kind, name } = addressOf(pv, this.#hub.slash)
    if (kind !== 'pva') throw new BridgeError('ERR_BRIDGE_MESSAGE', `${kind}:// is not a service`)
    const value = await this.#hub.call(this.#who, this.#info, name, args, { timeout, signal })
    if (value === null) return { value: null }
    return this.#value(id, value, ChangeSet.fields(value.$type, []), format)
  }

  async #find({ pattern, limit }: Find2, signal: AbortSignal): Promise<Reply> {
    return { names: await this.#hub.directory.find(this.#who, pattern, limit, signal) }
  }

  async #history({ pv, from, to, points }: History2, signal: AbortSignal): Promise<Reply> {
    const address = addressOf(pv, this.#hub.slash)
    return this.#allowed('read', address, () => this.#hub.past.of(address, { from, to }, points, signal))
  }

  async #allowed<T>(action: 'read', { kind, name }: Address, work: () => Promise<T>): Promise<T> {
    if (kind !== 'pva') throw new BridgeError('ERR_BRIDGE_MESSAGE', `${kind}:// has none of this`)
    await this.#hub.check(this.#who, action, name)
    return work()
  }

  /** The value of what lives in the bridge. */
  #local({ kind, name }: Address): Value | undefined {
    if (kind === 'loc') return this.#locals.of(name).newest.value
    return kind === 'sim' ? this.#hub.simulations.peek(name).newest.value : undefined
  }

  /** A value as a record, which is sent here, or as the members of the reply. */
  #value(id: number, value: Value, fields: ChangeSet, format: 'binary' | 'json'): Reply | undefined {
    const { frames, largest } = this.#answers
    if (format === 'json') return { value: fields.toJSON(value) }
    const content = valueContent(value, fields)
    if (content.length > largest)
      throw new BridgeError(
        'ERR_BRIDGE_TOO_LARGE',
        `the value has ${content.length} bytes: more than ${largest}`,
      )
    const head = { kind: RESULT, complete: true, merged: 1, id, type: 0 }
    frames.answer(head, value.$type, content)
    return undefined
  }
}

/** Rejects with the signal's reason as soon as it is aborted, whatever the work does. */
async function cancellable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop!: () => void
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
