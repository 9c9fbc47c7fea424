import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import type { Value } from 'node-pvxs'
import { RecordReader } from '../../lib-ts/pvws/index.js'
import { Hearing } from './page.js'

export interface Message2 {
  readonly type: string
  readonly id?: number
  readonly [member: string]: unknown
}

/** What a binary frame brought, in the order of arrival beside the text messages. */
export interface Record2 {
  readonly type: 'record'
  readonly kind: number
  readonly id: number
  readonly complete: boolean
  readonly merged: number
  readonly value: Value
}

/** A program that speaks version 2, and keeps what it hears. */
export class Page2 extends Hearing<Message2 | Record2> {
  readonly frames: Buffer[] = []
  readonly #reader = new RecordReader()

  protected take(data: Buffer, binary: boolean): void {
    if (!binary) {
      this.heard.push(JSON.parse(data.toString()) as Message2)
      return
    }
    this.frames.push(data)
    for (const record of this.#reader.read(new Uint8Array(data).buffer))
      this.heard.push({ ...record, type: 'record' })
  }

  static async open(url: string, options: ClientOptions = {}): Promise<Page2> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}pvws/pv?v=2`, options)
    const page = new Page2(socket)
    await once(socket, 'open')
    return page
  }

  /** Bytes of all binary frames so far. */
  get bytes(): number {
    return this.frames.reduce((sum, { length }) => sum + length, 0)
  }

  /** The first message from now or before that fits; with `begin`, behind so many. */
  async hears<M extends Message2 | Record2 = Message2>(
    fits: (message: M) => boolean,
    type?: M['type'],
    begin = 0,
  ): Promise<M> {
    const found = await this.first(
      (message) => (type === undefined || message.type === type) && fits(message as M),
      begin,
    )
    return found as M
  }

  record(id: number, fits: (record: Record2) => boolean = () => true): Promise<Record2> {
    return this.hears<Record2>((record) => record.id === id && fits(record), 'record')
  }

  of(type: string, id: number, fits: (message: Message2) => boolean = () => true): Promise<Message2> {
    return this.hears((message) => message.id === id && fits(message), type)
  }

  /** The answer to a request: its reply, its record of kind 3, or its error. */
  async ask(request: {
    readonly id: number
    readonly [member: string]: unknown
  }): Promise<Message2 | Record2> {
    const begin = this.heard.length
    this.say(request)
    return this.hears<Message2 | Record2>(
      (message) =>
        message.id === request.id &&
        (message.type === 'reply' || message.type === 'error' || (message as Record2).kind === 3),
      undefined,
      begin,
    )
  }

  records(id: number): Record2[] {
    return this.heard.filter((message): message is Record2 => message.type === 'record' && message.id === id)
  }
}
