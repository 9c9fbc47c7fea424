import type { TypeDef } from '../index.js'
import { BridgeError, HEAD, TYPE, typeContent, writeHead, type RecordHead } from '../pvws/index.js'
import type { ClientSocket } from './socket.js'

// Bytes of a frame that several records share; a record of this size or more goes without being copied.
const CHUNK = 16_384
// ms for which a record waits for others. What is not due at once may: pages paint every 16.
const GATHER = 10

/** The head of a record with a value. Its owner may use one for all: it is read at once, but for answers that wait. */
export interface UntypedHead extends RecordHead {
  type: number
}

/** The binary frames to one socket: records that come close together share one, and a client that says how far it is gets no more than it handles. */
export class Frames {
  readonly #socket: ClientSocket
  readonly #window: number
  readonly #types = new Map<TypeDef, number>()
  #chunk = Buffer.alloc(0)
  #view = new DataView(new ArrayBuffer(0))
  #begin = 0
  #end = 0
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined
  #sent = 0
  /** Those to requests that the client cannot take yet. */
  readonly #answers: {
    readonly head: UntypedHead
    readonly type: TypeDef
    readonly content: Uint8Array
  }[] = []
  /** Undefined until the client has said how far it is. */
  #handled: number | undefined

  constructor(socket: ClientSocket, window: number) {
    this.#socket = socket
    this.#window = window
  }

  /** Whether another record may come now; a large one may still be too much. */
  get room(): boolean {
    return this.#socket.room && (this.#handled === undefined || this.#onTheWay < this.#window)
  }

  get #onTheWay(): number {
    return this.#sent + this.#end - this.#begin - (this.#handled ?? 0)
  }

  /**
   * Adds a record with a value, behind its type if that was not sent before.
   *
   * @param head in which the number of the type is set here
   * @param atOnce whether it waits for no others
   * @returns false when it would be too much for the client now
   */
  add(head: UntypedHead, type: TypeDef, content: Uint8Array, atOnce: boolean): boolean {
    return this.#answers.length === 0 && this.#put(head, type, content, atOnce)
  }

  #put(head: UntypedHead, type: TypeDef, content: Uint8Array, atOnce: boolean): boolean {
    let number = this.#types.get(type)
    const described = number === undefined ? typeContent(type) : undefined
    const bytes = HEAD + content.length + (described === undefined ? 0 : HEAD + described.length)
    // One that is larger than the window goes when nothing else is on the way.
    if (this.#handled !== undefined && this.#onTheWay > 0 && this.#onTheWay + bytes > this.#window)
      return false
    if (number === undefined || described !== undefined) {
      number = this.#types.size + 1
      this.#types.set(type, number)
      this.#record({ kind: TYPE, complete: false, merged: 0, id: number, type: 0 }, described ?? content)
    }
    head.type = number
    this.#record(head, content)
    if (atOnce) this.#soon ??= setImmediate(this.flush)
    else this.#timer ??= setTimeout(this.flush, GATHER)
    return true
  }

  #record(head: RecordHead, content: Uint8Array): void {
    const large = content.length >= CHUNK
    const bytes = large ? HEAD : HEAD + content.length
    if (this.#end + bytes > this.#chunk.length) this.#renew(bytes)
    writeHead(this.#view, this.#end, head, content.length)
    if (large) {
      this.#end += HEAD
      this.#send(content)
      return
    }
    this.#chunk.set(content, this.#end + HEAD)
    this.#end += bytes
  }

  #renew(bytes: number): void {
    if (this.#end > this.#begin) this.#send()
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, bytes))
    this.#view = new DataView(this.#chunk.buffer, this.#chunk.byteOffset, this.#chunk.length)
    this.#begin = this.#end = 0
  }

  /** Sends what was added so far. Before a text message, so that the order stays. */
  readonly flush = (): void => {
    clearTimeout(this.#timer)
    clearImmediate(this.#soon)
    this.#timer = this.#soon = undefined
    if (this.#end > this.#begin) this.#send()
  }

  #send(behind?: Uint8Array): void {
    const bytes = this.#chunk.subarray(this.#begin, this.#end)
    this.#begin = this.#end
    this.#sent += bytes.length + (behind?.length ?? 0)
    this.#socket.sendBinary(bytes, behind)
  }

  /** @throws BridgeError for more than was sent */
  handled(bytes: number): void {
    if (bytes > this.#sent)
      throw new BridgeError('ERR_BRIDGE_MESSAGE', `"ack" says ${bytes} bytes, and ${this.#sent} were sent`)
    this.#handled = Math.max(this.#handled ?? 0, bytes)
    for (let next = this.#answers[0]; next !== undefined; next = this.#answers[0]) {
      if (!this.#put(next.head, next.type, next.content, true)) break
      this.#answers.shift()
    }
  }

  /** Adds the answer to a request: it waits until the client takes it. */
  answer(head: UntypedHead, type: TypeDef, content: Uint8Array): void {
    if (this.#answers.length > 0 || !this.#put(head, type, content, true))
      this.#answers.push({ head, type, content })
  }

  close(): void {
    this.#answers.length = 0
    clearTimeout(this.#timer)
    clearImmediate(this.#soon)
  }
}
