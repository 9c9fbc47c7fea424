import type { IncomingMessage, ServerResponse } from 'node:http'
import { InvalidArgumentError } from '../../errors.js'
import { ConfigError, RecordError } from '../errors.js'

/** Why a request is answered with something else than what it asks for. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

// Nothing here is a page of somebody else, and nothing is kept.
const SAFE = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

export function answer(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...SAFE })
  res.end(res.req.method === 'HEAD' ? undefined : body)
}

export function answerJson(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  answer(res, status, 'application/json; charset=utf-8', `${text}\n`)
}

export function answerError(res: ServerResponse, error: unknown): void {
  const { message } = error as Error
  if (res.headersSent) res.destroy()
  else if (error instanceof Refusal) {
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value)
    answerJson(res, error.status, { error: { message } })
  } else if (error instanceof ConfigError)
    answerJson(res, 400, { error: { code: error.code, message, faults: error.faults } })
  else if (error instanceof RecordError)
    answerJson(res, error.code === 'ERR_RECORD_STATE' ? 409 : 400, { error: { code: error.code, message } })
  else if (error instanceof InvalidArgumentError)
    answerJson(res, 400, { error: { code: error.code, message } })
  else answerJson(res, 500, { error: { message: 'the recorder failed to answer' } })
}

const MOST = 2 ** 20 // bytes of a body

/** The JSON of a body; undefined when there is none. */
export async function jsonBody(req: IncomingMessage): Promise<unknown> {
  const notJson = new Refusal(415, 'the body is not application/json')
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  const parts: Buffer[] = []
  let size = 0
  // Read to its end all the same: a client that still sends would not see the answer.
  for await (const part of req as AsyncIterable<Buffer>) if ((size += part.length) <= MOST) parts.push(part)
  if (size > MOST) throw new Refusal(413, `a body has at most ${MOST} bytes`, { connection: 'close' })
  if (type !== '' && type !== 'application/json') throw notJson
  if (size === 0) return undefined
  if (type === '') throw notJson
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as unknown
  } catch {
    throw new Refusal(415, 'the body is not JSON')
  }
}
