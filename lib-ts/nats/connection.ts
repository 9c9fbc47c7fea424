// One connection to NATS, made when it is needed first, and what its errors mean.
import { readFile } from 'node:fs/promises'
import { BrokerError } from '../telemetry/index.js'
import type { NatsAccess } from './options.js'
import { loadTransport, type NatsConnection, type Transport } from './peers.js'

export const DEFAULT_TIMEOUT = 5_000

/** A failure of a call to NATS: a code of ours, and whether the same may succeed later. */
export interface Failure {
  readonly code: string
  readonly retryable: boolean
  readonly text: string
}

/** Errors of the client by the name of their class, which says more than their text. */
const BY_NAME: Readonly<Record<string, Omit<Failure, 'text'>>> = {
  AuthorizationError: { code: 'ERR_NATS_AUTH', retryable: false },
  UserAuthenticationExpiredError: { code: 'ERR_NATS_AUTH', retryable: false },
  PermissionViolationError: { code: 'ERR_NATS_AUTH', retryable: false },
  TimeoutError: { code: 'ERR_NATS_TIMEOUT', retryable: true },
  StreamNotFoundError: { code: 'ERR_NATS_STREAM', retryable: false },
  JetStreamNotEnabled: { code: 'ERR_NATS_STREAM', retryable: false },
}

/** What an error of the client means. */
export function failureOf(error: unknown): Failure {
  const { name, message } = error as Error
  const known = BY_NAME[name]
  if (known !== undefined) return { ...known, text: message === '' ? name : message }
  // The interface of JetStream has nobody behind it: it starts, or it is not enabled.
  if (name === 'NoRespondersError')
    return { code: 'ERR_NATS_CONNECTION', retryable: true, text: 'the server has no JetStream, or not yet' }
  const { cause } = error as { cause?: unknown }
  if (cause instanceof Error && BY_NAME[cause.name] !== undefined) return failureOf(cause)
  return { code: 'ERR_NATS_CONNECTION', retryable: true, text: message === '' ? name : message }
}

export function errorOf(op: string, error: unknown): BrokerError {
  if (error instanceof BrokerError) return error
  const { code, retryable, text } = failureOf(error)
  return new BrokerError(`${op}: ${text}`, { code, op, retryable, cause: error })
}

/** Makes a connection, and knows whether there is one at the moment. */
export class NatsLink {
  readonly #access: NatsAccess
  readonly #name: string
  readonly #onReconnect: (() => void) | undefined
  #connection: Promise<NatsConnection> | undefined
  #up = false
  #closed = false

  constructor(access: NatsAccess, name: string, onReconnect?: () => void) {
    this.#access = access
    this.#name = name
    this.#onReconnect = onReconnect
  }

  get timeout(): number {
    return this.#access.timeout ?? DEFAULT_TIMEOUT
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether the connection that was made stands. What is published while it does not waits in the client, without limit. */
  get up(): boolean {
    return this.#up
  }

  /** The connection. One that could not be made, or that the client gave up, is made anew at the next call. */
  async get(): Promise<NatsConnection> {
    if (this.#closed) throw closedError(this.#name)
    if (this.#connection !== undefined) {
      const connection = await this.#connection
      if (!connection.isClosed()) return connection
    }
    const making = this.#make()
    this.#connection = making
    making.catch(() => {
      if (this.#connection === making) this.#connection = undefined
    })
    return making
  }

  async #make(): Promise<NatsConnection> {
    const transport = await loadTransport()
    const { servers, token, user, pass, tls } = this.#access
    const authenticator = await authenticatorOf(transport, this.#access)
    const connection = await transport.connect({
      servers: [...servers],
      name: this.#name,
      timeout: this.timeout,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      ...(token !== undefined && { token }),
      ...(user !== undefined && { user }),
      ...(pass !== undefined && { pass }),
      ...(authenticator !== undefined && { authenticator }),
      ...(tls !== undefined && tls !== false && { tls: tls === true ? {} : tls }),
    })
    if (this.#closed) {
      await connection.close()
      throw closedError(this.#name)
    }
    this.#up = true
    void this.#follow(connection)
    return connection
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') this.#up = false
      if (type === 'reconnect') {
        this.#up = true
        this.#onReconnect?.()
      }
    }
    this.#up = false
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const connection = await this.#connection?.catch(() => undefined)
    await connection?.close()
  }
}

function closedError(name: string): BrokerError {
  return new BrokerError(`${name}: it was closed`, { code: 'ERR_NATS_CLOSED', op: name })
}

async function authenticatorOf(
  transport: Transport,
  { credsFile, nkeySeed }: NatsAccess,
): Promise<ReturnType<Transport['credsAuthenticator']> | undefined> {
  if (nkeySeed !== undefined) return transport.nkeyAuthenticator(new TextEncoder().encode(nkeySeed))
  if (credsFile === undefined) return undefined
  let content: Buffer
  try {
    content = await readFile(credsFile)
  } catch (cause) {
    throw new BrokerError(`the file of credentials ${credsFile} cannot be read`, {
      code: 'ERR_NATS_AUTH',
      cause,
    })
  }
  return transport.credsAuthenticator(content)
}
