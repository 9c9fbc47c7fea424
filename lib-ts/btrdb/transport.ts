// Calls over HTTP/2, as bytes. grpc-js's channel itself and not its Client: that one reads sixteen pages ahead.
import type { Endpoint } from './endpoint.js'
import { argument } from './errors.js'
import type { RetryOptions, TlsOptions } from './options.js'
import type { Grpc, GrpcChannel } from './peers.js'

// The same, with statuses as the numbers that they are.
type GrpcCall = Omit<ReturnType<GrpcChannel['createCall']>, 'cancelWithStatus'> & {
  cancelWithStatus(code: number, details: string): void
}
type GrpcCredentials = ReturnType<Grpc['credentials']['createInsecure']>
type Headers = Readonly<Record<string, string>>

/** A call that gRPC says has failed. */
export class GrpcFailure extends Error {
  /** gRPC's number. */
  readonly code: number

  constructor(code: number, details: string) {
    super(details)
    this.code = code
  }
}

const CANCELLED = 1
const CALL_PROPAGATION = 0xffff
// Bytes on the way at once. 64 kB, the default, is a round trip for each half page.
const WINDOW = 4 * 1024 * 1024
const ALIVE = 60_000

/** How a server is reached. */
export interface Dial {
  readonly endpoint: Endpoint
  readonly tls: TlsOptions | undefined
  /** Of TLS, where the options name none. */
  readonly roots: Buffer | undefined
  readonly proxy: boolean
  readonly retry: RetryOptions | false
}

/** One server. It connects with the first call, and again when it must. */
export class Transport {
  readonly #grpc: Grpc
  readonly #channel: GrpcChannel
  #closed = false

  constructor(grpc: Grpc, { endpoint, tls, roots, proxy, retry }: Dial) {
    this.#grpc = grpc
    const { min = 100, max = 3_000 } = retry === false ? {} : retry
    const serverName = tls?.serverName
    const credentials = unlessClosed(credentialsOf(grpc, tls, roots), () => this.#closed)
    this.#channel = new grpc.Channel(`dns:${endpoint.text}`, credentials, {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc-node.flow_control_window': WINDOW,
      // Ours, so that a client's connections end with it.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': Math.max(100, min),
      'grpc.max_reconnect_backoff_ms': Math.max(100, max),
      'grpc.keepalive_time_ms': ALIVE,
      'grpc.enable_channelz': 0,
      'grpc.service_config_disable_resolution': 1,
      ...(proxy ? {} : { 'grpc.enable_http_proxy': 0 }),
      ...(serverName === undefined
        ? {}
        : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
    })
  }

  open(path: string, headers: Headers): Call {
    const metadata = new this.#grpc.Metadata()
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    const call = new Call(this.#channel.createCall(path, Infinity, null, null, CALL_PROPAGATION))
    call.start(metadata)
    return call
  }

  close(): void {
    this.#closed = true
    this.#channel.close()
  }
}

/**
 * A channel that is closed while grpc-js waits for its next attempt to connect makes that attempt all the same, and keeps
 * the connection for ever: nobody holds it who could let it go. The attempt begins by asking whether the credentials are
 * ready.
 */
function unlessClosed(credentials: GrpcCredentials, closed: () => boolean): GrpcCredentials {
  const create = credentials._createSecureConnector.bind(credentials)
  credentials._createSecureConnector = (...args) => {
    const connector = create(...args)
    const ready = connector.waitForReady.bind(connector)
    connector.waitForReady = async () => {
      if (closed()) throw new Error('the client is closed')
      await ready()
    }
    return connector
  }
  return credentials
}

function credentialsOf(grpc: Grpc, tls: TlsOptions | undefined, roots: Buffer | undefined) {
  if (tls === undefined) return grpc.credentials.createInsecure()
  try {
    return grpc.credentials.createSsl(bytes(tls.ca) ?? roots ?? null, bytes(tls.key), bytes(tls.cert))
  } catch {
    // What it says may quote the key.
    throw argument('connect: the roots, certificate or key of TLS are not PEM that belongs together', {
      op: 'connect',
    })
  }
}

function bytes(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem as Uint8Array)
}

interface Waiter {
  readonly resolve: (message: Buffer | undefined) => void
  readonly reject: (reason: unknown) => void
}

/** One call. A message is read when it is asked for, and not before. */
export class Call {
  readonly #call: GrpcCall
  #waiter: Waiter | undefined
  #ended: { readonly failure?: unknown } | undefined

  constructor(call: GrpcCall) {
    this.#call = call
  }

  start(metadata: InstanceType<Grpc['Metadata']>): void {
    this.#call.start(metadata, {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: (message: Buffer) => {
        this.#taken()?.resolve(message)
      },
      onReceiveStatus: ({ code, details }: { readonly code: number; readonly details: string }) => {
        this.#end(code === 0 ? {} : { failure: new GrpcFailure(code, details) })
      },
    })
  }

  send(message: Buffer): void {
    this.#call.sendMessageWithContext({}, message)
  }

  /** Nothing more is sent. */
  end(): void {
    this.#call.halfClose()
  }

  /** The next message, or undefined after the last. Rejects with a GrpcFailure, or with what {@link fail} was given. */
  next(): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      if (this.#ended === undefined) this.#call.startRead()
      else this.#settle()
    })
  }

  /** Ends the call, here and on the server. */
  fail(failure: unknown): void {
    if (this.#ended !== undefined) return
    this.#end({ failure })
    this.#cancel()
    // A call that is cancelled in the turn in which it was opened, grpc-js starts all the same: its answer, which nobody
    // reads, would keep the connection for ever.
    setImmediate(() => this.#cancel())
  }

  #cancel(): void {
    this.#call.cancelWithStatus(CANCELLED, 'cancelled')
  }

  #end(how: { readonly failure?: unknown }): void {
    this.#ended ??= how
    this.#settle()
  }

  #settle(): void {
    const waiter = this.#taken()
    if (waiter === undefined || this.#ended === undefined) return
    if ('failure' in this.#ended) waiter.reject(this.#ended.failure)
    else waiter.resolve(undefined)
  }

  #taken(): Waiter | undefined {
    const waiter = this.#waiter
    this.#waiter = undefined
    return waiter
  }
}
