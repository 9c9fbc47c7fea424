// Calls to the Kafka client: with a time limit of our own, since it takes no signal and some calls never settle, and with
// errors that say what they mean.
import { BrokerError } from '../telemetry/index.js'
import type { KafkaAccess } from './options.js'

export const DEFAULT_TIMEOUT = 10_000

interface ClientOptions {
  readonly clientId: string
  readonly bootstrapBrokers: string[]
  readonly timeout: number
  readonly connectTimeout: number
  readonly retries: number
  readonly tls?: object
  readonly sasl?: {
    mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    username: string
    password: string
  }
}

/** What every client is made with. Retries are ours, which keep the order. */
export function clientOptions({
  brokers,
  clientId = 'node-pvxs',
  tls,
  sasl,
  timeout = DEFAULT_TIMEOUT,
}: KafkaAccess): ClientOptions {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    timeout,
    connectTimeout: timeout,
    retries: 0,
    ...(tls !== undefined && tls !== false && { tls: tls === true ? {} : { ...tls } }),
    ...(sasl !== undefined && { sasl: { ...sasl } }),
  }
}

/** A call that may take so long. What comes of it later is nobody's. */
export async function within<T>(ms: number, what: string, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new BrokerError(`${what}: no answer within ${ms} ms`, {
          code: 'ERR_KAFKA_TIMEOUT',
          op: what,
          retryable: true,
        }),
      )
    }, ms)
  })
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
    call.catch(() => undefined)
  }
}

/** An error of the client, as far as it is read. */
interface ClientError extends Error {
  readonly code?: string
  readonly apiId?: string
  readonly canRetry?: boolean
  readonly errors?: readonly ClientError[]
  readonly path?: string
}

/** All errors that an error stands for, the innermost ones. */
export function leavesOf(error: unknown): ClientError[] {
  const { errors, cause } = error as { errors?: readonly unknown[]; cause?: unknown }
  if (Array.isArray(errors) && errors.length > 0) return errors.flatMap(leavesOf)
  const { apiId, code } = error as ClientError
  if (apiId === undefined && code !== 'PLT_KFK_AUTHENTICATION' && cause instanceof Error)
    return leavesOf(cause)
  return [error as ClientError]
}

const AUTH = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
])
const NO_TOPIC = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
/** Of these the client says that they are final; a new producer, or time, repairs them. */
const REPAIRED = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'KAFKA_STORAGE_ERROR',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_SERVER_ERROR',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
])

/** What an error means: a code of ours, and what may be done about it. */
export interface Meaning {
  readonly code: string
  readonly retryable: boolean
  readonly tooLarge: boolean
  readonly text: string
}

export function meaningOf(error: unknown): Meaning {
  if (error instanceof BrokerError)
    return { code: error.code, retryable: error.retryable, tooLarge: false, text: error.message }
  const all = leavesOf(error)
  const of = (code: string, leaf: ClientError, retryable: boolean, tooLarge = false): Meaning => ({
    code,
    retryable,
    tooLarge,
    text: leaf.apiId === undefined ? leaf.message : `${leaf.apiId}: ${leaf.message}`,
  })
  // What is final comes first: a batch that fails for two reasons fails for that one.
  for (const leaf of all) {
    const { apiId = '', code } = leaf
    if (AUTH.has(apiId) || code === 'PLT_KFK_AUTHENTICATION') return of('ERR_KAFKA_AUTH', leaf, false)
    if (NO_TOPIC.has(apiId) || (code === 'PLT_KFK_USER' && /unknown topic/i.test(leaf.message)))
      return of('ERR_KAFKA_TOPIC', leaf, false)
  }
  for (const leaf of all)
    if (TOO_LARGE.has(leaf.apiId ?? '')) return of('ERR_KAFKA_TOO_LARGE', leaf, false, true)
  const leaf = all[0] as ClientError
  if (leaf.apiId !== undefined)
    return leaf.canRetry === true || REPAIRED.has(leaf.apiId)
      ? of('ERR_KAFKA_UNAVAILABLE', leaf, true)
      : of('ERR_KAFKA_SERVER', leaf, false)
  if (leaf.code === 'PLT_KFK_TIMEOUT') return of('ERR_KAFKA_TIMEOUT', leaf, true)
  if (leaf.code === 'PLT_KFK_USER' || leaf.code?.startsWith('PLT_KFK_UNSUPPORTED') === true)
    return of('ERR_KAFKA_SERVER', leaf, false)
  return of('ERR_KAFKA_CONNECTION', leaf, true)
}

export function errorOf(op: string, error: unknown): BrokerError {
  if (error instanceof BrokerError) return error
  const { code, retryable, text } = meaningOf(error)
  return new BrokerError(`${op}: ${text}`, { code, op, retryable, cause: error })
}

/** Closes a client at once. A broker that is gone cannot be told. */
export async function closeClient(client: unknown, ms = 2_000): Promise<void> {
  const closed = (client as { close(force: boolean): Promise<void> }).close(true)
  await within(ms, 'close', closed).catch(() => undefined)
}
