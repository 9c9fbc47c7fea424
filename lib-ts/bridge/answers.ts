import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { PvaError } from '../errors.js'
import { BridgeError } from '../pvws/index.js'

const STATUS: Readonly<Record<string, number>> = {
  ERR_BRIDGE_MESSAGE: 400,
  ERR_BRIDGE_VERSION: 400,
  ERR_PVA_ARGUMENT: 400,
  ERR_PVA_CONVERSION: 400,
  ERR_PVA_NO_FIELD: 400,
  ERR_BRIDGE_LOGIN: 401,
  ERR_BRIDGE_FORBIDDEN: 403,
  ERR_BRIDGE_ORIGIN: 403,
  ERR_BRIDGE_PATH: 404,
  ERR_BRIDGE_METHOD: 405,
  ERR_BRIDGE_TOO_LARGE: 413,
  ERR_BRIDGE_MEDIA: 415,
  ERR_BRIDGE_HOST: 421,
  ERR_BRIDGE_RATE: 429,
  ERR_BRIDGE_LIMIT: 503,
  ERR_PVA_REMOTE: 502,
  ERR_PVA_DISCONNECTED: 502,
  ERR_PVA_TIMEOUT: 504,
}

// Of every answer: nothing here is a page of somebody else, and nothing is guessed to be one.
const SAFE = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export function statusOf(error: unknown): number {
  return error instanceof PvaError ? (STATUS[error.code] ?? 500) : 500
}

export function answer(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...SAFE })
  res.end(body)
}

export function answerJson(res: ServerResponse, status: number, body: unknown): void {
  answer(res, status, 'application/json', `${JSON.stringify(body)}\n`)
}

/** What is wrong, as JSON: the code, the text, and what may help. */
export function errorBody(error: unknown): string {
  const known = error instanceof PvaError
  const code = known ? error.code : 'ERR_PVA'
  const message = known ? error.message : 'the bridge failed'
  return `${JSON.stringify({ error: { code, message, ...(known && error.hint !== undefined && { hint: error.hint }) } })}\n`
}

export function answerError(res: ServerResponse, error: unknown): void {
  const status = statusOf(error)
  if (status === 429 || status === 503) res.setHeader('retry-after', '5')
  answer(res, status, 'application/json', errorBody(error))
}

/** Refuses an upgrade: as text on the socket, since there is no response yet. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const body = errorBody(error)
  const status = statusOf(error)
  if (socket.destroyed) return
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n` +
      `${status === 429 || status === 503 ? 'retry-after: 5\r\n' : ''}\r\n${body}`,
  )
}

/** The path and query of a request; a target that is none is an error. */
export function targetOf({ url = '' }: IncomingMessage): URL {
  // An absolute form brings a host of its own, which is nobody's business here.
  const path = url.startsWith('/') ? url : ''
  if (path === '' || !URL.canParse(path, 'http://bridge.invalid'))
    throw new BridgeError('ERR_BRIDGE_PATH', 'the target of the request is not a path')
  return new URL(path, 'http://bridge.invalid')
}
