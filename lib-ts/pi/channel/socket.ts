// Opening one WebSocket of a channel: who we are, what a refusal says, how long to wait.
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { authenticated } from '../auth/legs.js'
import { PiHttpError, PiNetworkError } from '../errors.js'
import { networkError } from '../http/exchange.js'
import { Limits } from '../http/limits.js'
import type { Settings } from '../options.js'
import { PiResponse } from '../response.js'
import { shownUrl } from '../shown-url.js'
import { agentOf } from './tunnel.js'

const LONGEST_REFUSAL = 65_536 // bytes

/** What {@link openSocket} takes. */
export interface Opening {
  /** With the scheme of HTTP. */
  readonly url: string
  readonly timeout: number
  readonly maxPayload: number
  /** It was open before: a token is to be asked for anew. */
  readonly again: boolean
  readonly signal: AbortSignal
}

/** A socket that is open and paused: nothing is lost before somebody listens. */
export interface Opened {
  readonly socket: WebSocket
  /** The server's time, ns in steps of a second, when it says so. */
  readonly date: bigint | undefined
}

type What = { readonly verb: string; readonly url: string }

/** What an upgrade was answered: 101 comes with a socket, all else with a text. */
interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly socket?: WebSocket
}

/**
 * Opens a socket.
 *
 * @throws the errors of requests: {@link PiAuthError}, {@link PiHttpError}, {@link PiNetworkError}, {@link PiTimeoutError}
 */
export async function openSocket(settings: Settings, opening: Opening): Promise<Opened> {
  const { url, timeout, signal } = opening
  const what = { verb: 'GET', url: shownUrl(url) }
  const ws = await import('ws') // not before it is needed, as with all that takes long to load
  signal.throwIfAborted()
  const limits = new Limits(what, timeout, signal, () => undefined)
  const agent = agentOf(settings)
  const seen: Record<string, string> = { ...settings.headers }
  let opened: WebSocket | undefined
  try {
    settings.onRequest?.({ verb: 'GET', url, headers: seen })
    const asked = { url, verb: 'GET', kind: 'websocket' as const, again: opening.again, limits }
    const answer = await authenticated(settings.auth, asked, async (own) => {
      const one = await upgrade(opening, { ws, limits, agent, what }, { ...seen, ...own })
      opened = one.socket
      return one
    })
    const { socket, headers } = answer
    if (socket === undefined) throw refusal(answer, what)
    limits.throwIfStopped()
    const ms = Date.parse(headers.date ?? '')
    return { socket, date: Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n }
  } catch (error) {
    opened?.terminate()
    throw error
  } finally {
    limits.end()
    agent.destroy()
  }
}

interface Way {
  readonly ws: { readonly WebSocket: typeof WebSocket }
  readonly limits: Limits
  readonly agent: ReturnType<typeof agentOf>
  readonly what: What
}

/** One upgrade; all legs of an authentication use one connection. */
function upgrade(
  { url, maxPayload }: Opening,
  { ws, limits, agent, what }: Way,
  headers: Record<string, string>,
): Promise<Answer> {
  limits.throwIfStopped()
  return new Promise((resolve, reject) => {
    const { signal } = limits
    limits.phase = 'connection'
    const options = { headers, agent, maxPayload, perMessageDeflate: false, followRedirects: false }
    const socket = new ws.WebSocket(url.replace(/^http/, 'ws'), options)
    let answered: IncomingHttpHeaders = {}
    let request: ClientRequest | undefined
    const stop = (): void => {
      done()
      request?.destroy()
      socket.terminate()
      reject(signal.reason as Error)
    }
    const done = (): void => signal.removeEventListener('abort', stop)
    signal.addEventListener('abort', stop)
    socket.on('upgrade', (response: IncomingMessage) => (answered = response.headers))
    socket.on('open', () => {
      done()
      socket.pause() // before a frame that came with the upgrade is read
      resolve({ status: 101, headers: answered, text: '', socket })
    })
    socket.on('unexpected-response', (sent: ClientRequest, response: IncomingMessage) => {
      request = sent
      limits.phase = 'body'
      bodyOf(response).then(
        (text) => {
          done()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        },
        (error: unknown) => {
          done()
          reject(networkError(error as Error, (error as Error).message, what))
        },
      )
    })
    socket.on('error', (error) => {
      done()
      reject(networkError(error, textOf(error), what))
    })
  })
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length
    if (bytes <= LONGEST_REFUSAL) chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Refusals that were not written by PI Web API. */
const foreign = new WeakSet<Error>()

/** Whether an upgrade was refused by something between: a page of a proxy, or a connection that was cut. */
export function refusedByOther(error: unknown): boolean {
  return error instanceof PiNetworkError
    ? error.hint === undefined
    : error instanceof Error && foreign.has(error)
}

function refusal(answer: Answer, what: What): Error {
  const error = errorOf(answer, what)
  // Who we are is asked by the server's system, before PI Web API is.
  if (answer.status !== 401 && !isJson(answer.text)) foreign.add(error)
  return error
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

function errorOf({ status, headers, text }: Answer, { verb, url }: What): Error {
  let body: unknown = text
  try {
    body = JSON.parse(text)
  } catch {
    // a page of HTML says what it says
  }
  try {
    new PiResponse({ verb, status, url, headers, body }).raiseForStatus()
  } catch (error) {
    return error as Error
  }
  return new PiHttpError(`${verb} ${url} answered ${status} in place of a WebSocket`, { verb, url, status })
}

function textOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined)?.message : undefined
  return first ?? (error.message || (error as { code?: string }).code || 'the connection broke')
}
