// gRPC: calls, keys, faults, and what is told of calls. What is answered is up to the handlers.
import type { EventEmitter } from 'node:events'
import {
  Metadata,
  Server,
  status,
  type handleUnaryCall,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { handlers, type Handler } from './calls/handlers.js'
import { platform } from './calls/platform.js'
import type { SubscribeRequest } from './calls/requests.js'
import type { State } from './calls/state.js'
import { Subscriber } from './calls/subscribe.js'
import type { FakeCall, FakeFault } from './options.js'
import { Faults } from './faults.js'
import { Sockets, type Listening } from './sockets.js'
import { Refusal } from './store/refusal.js'
import { decode, encode, type Message } from './wire/codec.js'
import { calls as schemas, platformCall, type Call } from './wire/schema.js'

const SERVICE = '/v5api.BTrDB/'
const PLATFORM = '/nodepvxs.btrdb.v1.Platform/Call'
/** The calls that carry Arrow, and that a server without it does not know. */
const ofArrow = /^(Arrow|Subscribe$)/

/** What all kinds of calls have in common. */
interface AnyCall extends EventEmitter {
  readonly cancelled: boolean
  readonly metadata: Metadata
}
type Streaming = AnyCall & Pick<ServerWritableStream<Buffer, Uint8Array>, 'write'>

/** An error of gRPC itself, which is no answer. */
class GrpcFailure extends Error {
  readonly code: number
  readonly details: string
  readonly metadata = new Metadata()

  constructor(code: number, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

export class GrpcEnd {
  readonly calls: FakeCall[] = []
  readonly faults = new Faults()
  running = 0
  peakRunning = 0
  readonly #state: State
  readonly #keys: readonly string[] | undefined
  readonly #server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  })
  #sockets: Sockets | undefined

  constructor(
    state: State,
    { keys, withPlatform }: { keys: readonly string[] | undefined; withPlatform: boolean },
  ) {
    this.#state = state
    this.#keys = keys
    const methods: Record<string, MethodDefinition<unknown, unknown>> = {}
    const served: UntypedServiceImplementation = {}
    for (const [rpc, schema] of Object.entries<Call>(schemas)) {
      if (ofArrow.test(rpc) && state.arrow === undefined) continue
      methods[rpc] = method(`${SERVICE}${rpc}`, schema)
      served[rpc] = this.#serving(rpc, schema)
    }
    if (withPlatform) {
      methods['Platform'] = method(PLATFORM, platformCall)
      served['Platform'] = this.#unary('Platform', platformCall, platform)
    }
    this.#server.addService(methods, served)
  }

  /** Listens, and gives `host:port`. */
  start(listening: Listening): Promise<string> {
    this.#sockets = new Sockets(this.#server, listening.tls)
    return this.#sockets.listen(listening)
  }

  /** Cuts all connections; the server goes on. */
  drop(): void {
    this.#sockets?.cut()
  }

  async stop(): Promise<void> {
    await this.#sockets?.close()
    this.#server.forceShutdown()
  }

  #serving(rpc: string, schema: Call): UntypedServiceImplementation[string] {
    if (schema.streams === 'both')
      return (call: ServerDuplexStream<Buffer, Uint8Array>) => this.#subscribe(call, schema)
    const handler = handlers[rpc as keyof typeof handlers]
    return schema.streams === 'answer'
      ? this.#streaming(rpc, schema, handler)
      : this.#unary(rpc, schema, handler)
  }

  #unary(rpc: string, schema: Call, handler: Handler): handleUnaryCall<Buffer, Uint8Array> {
    return (call, callback) => {
      const ended = this.#begin(call)
      const answer = async (): Promise<Uint8Array> => {
        const request = this.#received(rpc, call, schema, call.request)
        const fault = this.faults.take(rpc)
        if (fault !== undefined) await suffered(fault, call)
        return encode(
          schema.answer,
          answered(() => handler(this.#state, request as never) as Message, fault),
        )
      }
      answer()
        .then(
          (bytes) => callback(null, bytes),
          (error: unknown) => callback(failure(error)),
        )
        .finally(ended)
    }
  }

  #streaming(rpc: string, schema: Call, handler: Handler) {
    return (call: ServerWritableStream<Buffer, Uint8Array>): void => {
      const ended = this.#begin(call)
      const answer = async (): Promise<void> => {
        const request = this.#received(rpc, call, schema, call.request)
        const fault = this.faults.take(rpc)
        const pages = refusals(() => handler(this.#state, request as never) as Iterable<Message>)
        await this.#pages(call, schema, pages, fault)
      }
      answer()
        .then(
          () => call.end(),
          (error: unknown) => void call.emit('error', failure(error)),
        )
        .finally(ended)
    }
  }

  async #pages(
    call: Streaming,
    schema: Call,
    pages: Iterable<Message>,
    fault: FakeFault | undefined,
  ): Promise<void> {
    let sent = 0
    const meet = async (): Promise<boolean> => {
      if (fault === undefined || sent !== (fault.afterPages ?? 0)) return false
      await suffered(fault, call)
      if (fault.code === undefined) return false
      await write(call, encode(schema.answer, refused(fault.code, fault.message)))
      return true
    }
    for (const page of pages) {
      if (await meet()) return
      if (call.cancelled || !(await write(call, encode(schema.answer, { stat: {}, ...page })))) return
      sent++
    }
    // So many pages there were not, or they are all sent: it fails at the end.
    if (fault !== undefined && sent <= (fault.afterPages ?? 0)) {
      sent = fault.afterPages ?? 0
      await meet()
    }
  }

  #subscribe(call: ServerDuplexStream<Buffer, Uint8Array>, schema: Call): void {
    const ended = this.#begin(call)
    const send = (message: Message): unknown => call.write(encode(schema.answer, { stat: {}, ...message }))
    const subscriber = new Subscriber(this.#state, send)
    const end = (): void => {
      subscriber.close()
      ended()
    }
    let fault: FakeFault | undefined
    let first = true
    let before = Promise.resolve()
    const take = async (bytes: Buffer): Promise<void> => {
      if (call.cancelled) return
      const request = this.#received('Subscribe', call, schema, bytes)
      if (first) fault = this.faults.take('Subscribe')
      if (first && fault !== undefined) await suffered(fault, call)
      if (fault?.code !== undefined) {
        send(refused(fault.code, fault.message))
        call.end()
        return
      }
      subscriber.update(request as unknown as SubscribeRequest)
      // Tells the client that the first streams are in.
      if (first) call.sendMetadata(new Metadata())
      first = false
    }
    call.on('data', (bytes: Buffer) => {
      before = before
        .then(() => take(bytes))
        .catch((error: unknown) => void call.emit('error', failure(error)))
    })
    call.on('error', end)
    call.on('cancelled', end)
    call.on('end', () => {
      void before.then(() => {
        end()
        call.end()
      })
    })
  }

  /** Counts a call in, and gives what counts it out again. */
  #begin(call: AnyCall): () => void {
    this.peakRunning = Math.max(this.peakRunning, ++this.running)
    let over = false
    const end = (): void => {
      if (!over) this.running--
      over = true
    }
    call.on('cancelled', end)
    return end
  }

  /** Notes what was asked, and refuses who has no key. */
  #received(rpc: string, call: AnyCall, schema: Call, bytes: Buffer): Message {
    const metadata: Record<string, string> = {}
    for (const [key, value] of Object.entries(call.metadata.getMap())) metadata[key] = value.toString()
    let request: Message
    try {
      request = decode(schema.request, bytes)
    } catch (error) {
      throw new GrpcFailure(status.INTERNAL, `the request cannot be read: ${(error as Error).message}`)
    }
    this.calls.push({ rpc, metadata, request })
    const key = /^Bearer (.*)$/i.exec(metadata['authorization'] ?? '')?.[1]
    if (this.#keys !== undefined && (key === undefined || !this.#keys.includes(key)))
      throw new GrpcFailure(
        status.UNAUTHENTICATED,
        key === undefined ? 'a key is missing' : 'the key is not known',
      )
    return request
  }
}

const itself = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Requests and answers stay bytes here: they are read and written where what is wrong can be answered. */
function method(path: string, { streams }: Call): MethodDefinition<unknown, unknown> {
  return {
    path,
    requestStream: streams === 'both',
    responseStream: streams !== undefined,
    requestSerialize: itself as never,
    requestDeserialize: itself,
    responseSerialize: itself as never,
    responseDeserialize: itself,
  }
}

const refused = (code: number, msg = `[${code}] fault`): Message => ({ stat: { code, msg } })

/** The answer of a handler, or its refusal as an answer. */
function answered(handler: () => Message, fault: FakeFault | undefined): Message {
  if (fault?.code !== undefined) return refused(fault.code, fault.message)
  try {
    return { stat: {}, ...handler() }
  } catch (error) {
    if (error instanceof Refusal) return refused(error.code, error.message)
    throw error
  }
}

/** Messages, with a refusal as the last of them. */
function* refusals(pages: () => Iterable<Message>): Generator<Message> {
  try {
    yield* pages()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    yield refused(error.code, error.message)
  }
}

/** Waits as long as a fault says, and fails where it is one of gRPC. A call that hangs ends with the client's patience. */
async function suffered({ delay = 0, hang = false, grpc, message }: FakeFault, call: AnyCall): Promise<void> {
  if (delay > 0 || hang) await left(call, hang ? undefined : delay)
  if (call.cancelled) throw new GrpcFailure(status.CANCELLED, 'the client gave up')
  if (grpc !== undefined) throw new GrpcFailure(status[grpc], message ?? 'fault')
}

/** After this many ms, or when the client is gone. */
function left(call: AnyCall, ms: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (call.cancelled) {
      resolve()
      return
    }
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
    call.once('cancelled', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** False when the client is gone. */
function write(call: Streaming, bytes: Uint8Array): Promise<boolean> {
  if (call.write(bytes)) return Promise.resolve(!call.cancelled)
  return new Promise((resolve) => {
    const settle = (): void => {
      call.off('drain', settle)
      call.off('cancelled', settle)
      call.off('close', settle)
      resolve(!call.cancelled)
    }
    call.once('drain', settle)
    call.once('cancelled', settle)
    call.once('close', settle)
  })
}

function failure(error: unknown): GrpcFailure {
  return error instanceof GrpcFailure
    ? error
    : new GrpcFailure(status.INTERNAL, error instanceof Error ? error.message : String(error))
}
