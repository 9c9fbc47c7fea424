// A bare gRPC client, with the client's table of messages: what it sends and gets is what stands on the wire.
import { Client, credentials, Metadata, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { loadCodec } from '../../../lib-ts/btrdb/wire/codec.js'
import { calls, type AnswerOf, type CallName, type RequestOf } from '../../../lib-ts/btrdb/wire/schema.js'
import type { BtrdbFake } from 'node-pvxs/testing'

const codec = await loadCodec()
const itself = (bytes: Buffer): Buffer => bytes

export interface Tls {
  readonly ca: string
  readonly key?: string
  readonly cert?: string
}

export interface RawOptions {
  readonly key?: string
  readonly tls?: Tls
}

export class Raw implements Disposable {
  readonly client: Client
  readonly #metadata = new Metadata()

  constructor(endpoint: string, { key, tls }: RawOptions = {}) {
    const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text))
    const secure =
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert))
    this.client = new Client(endpoint, secure, { 'grpc.max_receive_message_length': -1 })
    if (key !== undefined) this.#metadata.set('authorization', `Bearer ${key}`)
  }

  /** Resolves with the answer, whatever its status says; rejects with the error of gRPC. */
  call<C extends CallName>(rpc: C, request: RequestOf<C>): Promise<AnswerOf<C>> {
    const { path, request: name, answer } = calls[rpc]
    return new Promise((resolve, reject) => {
      const bytes = codec.encode(name, request)
      const done = (error: ServiceError | null, got?: Buffer): void => {
        if (error === null) resolve(codec.decode(answer, got as Buffer) as never)
        else reject(error)
      }
      this.client.makeUnaryRequest(path, itself, itself, bytes, this.#metadata, {}, done)
    })
  }

  /** The code of an answer. */
  async code<C extends CallName>(rpc: C, request: RequestOf<C>): Promise<number> {
    return calls[rpc].kind === 'unary'
      ? codeOf(await this.call(rpc, request))
      : codeOf((await this.pages(rpc, request)).at(-1))
  }

  stream<C extends CallName>(rpc: C, request: RequestOf<C>): ClientReadableStream<Buffer> {
    const { path, request: name } = calls[rpc]
    const bytes = codec.encode(name, request)
    return this.client.makeServerStreamRequest(path, itself, itself, bytes, this.#metadata)
  }

  /** All messages of an answer. */
  async pages<C extends CallName>(rpc: C, request: RequestOf<C>): Promise<AnswerOf<C>[]> {
    const pages: AnswerOf<C>[] = []
    for await (const bytes of this.stream(rpc, request))
      pages.push(codec.decode(calls[rpc].answer, bytes as Buffer) as never)
    return pages
  }

  [Symbol.dispose](): void {
    this.client.close()
  }
}

export const raw = ({ endpoint }: BtrdbFake, options?: RawOptions): Raw => new Raw(endpoint, options)

export function codeOf(answer: unknown): number {
  return (answer as { stat?: { code: number } } | undefined)?.stat?.code ?? 0
}

/** 16 bytes that end with this number. */
export function uuidOf(n: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(n, 12)
  return bytes
}

export const textOf = (n: number): string => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`
