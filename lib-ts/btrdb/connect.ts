// From options to a session with a server that has answered.
import { createRequire } from 'node:module'
import { accessOf, rootsOf } from './credentials.js'
import { isLoopback, type Endpoint } from './endpoint.js'
import { BTrDBError } from './errors.js'
import { readConnectOptions, type ApiKey, type Settings, type TlsOptions } from './options.js'
import { loadConnection, type Grpc } from './peers.js'
import { Session } from './session.js'
import { Transport } from './transport.js'
import type { AnswerOf, Codec } from './wire/index.js'
import { BackOff, pause } from '../telemetry/index.js'

/** A server that has answered, and what it said. */
export interface Connection {
  readonly session: Session
  readonly info: AnswerOf<'Info'>
  readonly settings: Settings
}

const TLS_PORT = 4411

interface Tools {
  readonly grpc: Grpc
  readonly codec: Codec
  readonly settings: Settings
  readonly apiKey: ApiKey | undefined
  readonly roots: Buffer | undefined
}

/** Tries the endpoints in order, and again, until one answers or the time is up. */
export async function connection(options: unknown): Promise<Connection> {
  const settings = readConnectOptions(options)
  settings.signal?.throwIfAborted()
  const { endpoints, apiKey } = await accessOf(settings)
  const roots = await rootsOf(settings)
  const [grpc, codec] = await loadConnection()
  const tools = { grpc, codec, settings, apiKey, roots }
  const { retry, connectTimeout, signal } = settings
  const until = performance.now() + connectTimeout
  const backOff = new BackOff(retry === false ? {} : retry)
  const never = new AbortController().signal
  for (let round = 1; ; round++) {
    const failed = await oneRound(tools, endpoints, until)
    if ('session' in failed) return failed
    const left = until - performance.now()
    if (retry === false || round >= retry.attempts || left <= 0 || !failed.again) throw failed.error
    await pause(Math.min(backOff.next(), left), signal ?? never)
    signal?.throwIfAborted()
  }
}

interface Failed {
  readonly error: unknown
  /** Whether another round may end better. */
  readonly again: boolean
}

async function oneRound(
  tools: Tools,
  endpoints: readonly Endpoint[],
  until: number,
): Promise<Connection | Failed> {
  const errors: unknown[] = []
  let again = false
  for (const [i, endpoint] of endpoints.entries()) {
    // A server that swallows everything leaves the others their share.
    const share = Math.max(1, (until - performance.now()) / (endpoints.length - i))
    try {
      return await tryOne(tools, endpoint, share)
    } catch (error) {
      tools.settings.signal?.throwIfAborted()
      if (!(error instanceof BTrDBError) || error.code === 'ERR_BTRDB_CREDENTIALS') throw error
      errors.push(error)
      again ||= error.retryable
    }
  }
  const [first] = errors
  if (errors.length === 1) return { error: first, again }
  const texts = errors.map((error) => (error as Error).message.replace(/^connect: /, '')).join('; ')
  const { code, endpoint } = errors.at(-1) as BTrDBError
  const error = new BTrDBError(`connect: none of ${endpoints.length} endpoints answers: ${texts}`, {
    code,
    op: 'connect',
    endpoint,
    cause: first,
  })
  return { error, again }
}

async function tryOne(tools: Tools, endpoint: Endpoint, ms: number): Promise<Connection> {
  const { grpc, codec, settings, apiKey, roots } = tools
  const tls = tlsOf(settings.tls, endpoint)
  const transport = new Transport(grpc, {
    endpoint,
    tls,
    roots,
    proxy: settings.proxy ?? true,
    retry: settings.retry,
  })
  const parts = {
    codec,
    transport,
    endpoint: endpoint.text,
    apiKey,
    agent: `node-pvxs/${version()}`,
    settings,
  }
  const session = new Session({ ...parts, settings: { ...settings, retry: false } }) // the rounds try again
  try {
    if (apiKey !== undefined && tls === undefined && !isLoopback(endpoint)) warnOfPlaintext(endpoint)
    const info = await session.unary('Info', {}, { op: 'connect', signal: settings.signal, timeout: ms })
    checkServer(info, session)
    session.retry = settings.retry
    return { session, info, settings }
  } catch (error) {
    await session.close()
    throw explained(error, endpoint, tls !== undefined)
  }
}

function tlsOf(option: Settings['tls'], { port }: Endpoint): TlsOptions | undefined {
  if (typeof option === 'object') return option
  return (option ?? port === TLS_PORT) ? {} : undefined
}

function checkServer({ majorVersion, minorVersion, build }: AnswerOf<'Info'>, session: Session): void {
  if (majorVersion >= 5) return
  throw session.error(
    `the server is BTrDB ${majorVersion}.${minorVersion}${build === '' ? '' : ` (${build})`}; 5 is the oldest`,
    {
      code: 'ERR_BTRDB_NOT_SUPPORTED',
      op: 'connect',
      rpc: 'Info',
    },
  )
}

function explained(error: unknown, endpoint: Endpoint, tls: boolean): unknown {
  if (!(error instanceof BTrDBError)) return error
  const { code, message, grpc, retryable } = error
  const text = message.replace(/^connect: /, '')
  const place = `${endpoint.text} (${tls ? 'TLS' : 'plaintext'})`
  const details = { op: 'connect', rpc: 'Info', endpoint: endpoint.text, grpc, status: error.status }
  if (code === 'ERR_BTRDB_NOT_SUPPORTED' && grpc !== undefined)
    return new BTrDBError(`connect: ${place} is not a BTrDB 5: ${text}`, { code, ...details })
  if (code === 'ERR_BTRDB_AUTH')
    return new BTrDBError(`connect: ${place} refuses the key: ${text}`, { code, ...details })
  const unreachable: readonly string[] = ['ERR_BTRDB_UNAVAILABLE', 'ERR_BTRDB_TIMEOUT', 'ERR_BTRDB_SERVER']
  if (!unreachable.includes(code)) return error
  return new BTrDBError(`connect: cannot connect to ${place}: ${text}`, {
    code: 'ERR_BTRDB_CONNECT',
    retryable,
    ...details,
    cause: error,
  })
}

let warned = false

function warnOfPlaintext({ text }: Endpoint): void {
  if (warned) return
  warned = true
  process.emitWarning(`the API key for BTrDB goes to ${text} without encryption`, {
    code: 'NODE_PVXS_BTRDB_PLAINTEXT_KEY',
    detail: 'Port 4411 means TLS; the option tls says so for any other.',
  })
}

let known: string | undefined

/** Of this package. */
function version(): string {
  known ??= (createRequire(import.meta.url)('node-pvxs/package.json') as { version: string }).version
  return known
}
