import {
  codeOfStatus,
  InfluxError,
  InfluxWriteError,
  isRetryable,
  retryAfter,
  type InfluxCode,
  type RefusedLine,
} from './errors.js'
import type { Answer } from './exchange.js'
import type { Transport } from './http.js'
import type { Api, Precision } from './options.js'
import { jsonOf, serverText } from './server-text.js'
import { precisionWord } from './time.js'

/** Where a batch goes. */
export interface WritePlace {
  readonly transport: Transport
  readonly database: string
  readonly retentionPolicy: string | undefined
  readonly op: string
  readonly signal: AbortSignal | undefined
  readonly timeout: number | undefined
}

/** A body of whole lines. */
export interface Body {
  readonly bytes: Uint8Array
  readonly points: number
  readonly precision: Precision
}

const PATHS: Readonly<Record<Api, string>> = { v1: '/write', v2: '/api/v2/write', v3: '/api/v3/write_lp' }

/** Writes one body. @throws InfluxWriteError */
export async function writeBody(place: WritePlace, { bytes, points, precision }: Body): Promise<void> {
  const { transport, op, database, signal, timeout } = place
  const { api } = transport.settings
  const answer = await transport
    .send({
      op,
      method: 'POST',
      path: PATHS[api],
      url: { ...target(place, api), precision: precisionWord(precision, api) },
      body: bytes,
      type: 'text/plain; charset=utf-8',
      signal,
      timeout,
      database,
      points,
    })
    .catch((error: unknown) => {
      throw asWriteError(error, database)
    })
  const body = await answer.bytes().catch((error: unknown) => {
    throw asWriteError(error, database)
  })
  if (answer.status === 204) return
  if (answer.status === 200 && isPlain(answer, body)) return
  throw refusal(answer, body, place, points)
}

function target({ database, retentionPolicy, transport }: WritePlace, api: Api) {
  if (api === 'v1') return { db: database, rp: retentionPolicy }
  const place = retentionPolicy === undefined ? database : `${database}/${retentionPolicy}`
  return api === 'v2' ? { bucket: place, org: transport.settings.org ?? '' } : { db: place }
}

/** v3 answers 200; a page of a gateway does, too. */
function isPlain(answer: Answer, body: Buffer): boolean {
  return body.length === 0 || jsonOf(answer, body) !== undefined
}

/** What a write throws for a failure of the transport; an abort keeps its reason. */
function asWriteError(error: unknown, database: string): unknown {
  if (!(error instanceof InfluxError) || error instanceof InfluxWriteError) return error
  const { code, op, hint, cause } = error
  return new InfluxWriteError(error.message, {
    code,
    op,
    hint,
    database,
    cause,
    retryable: isRetryable(code),
  })
}

function refusal(answer: Answer, body: Buffer, place: WritePlace, points: number): InfluxWriteError {
  const { status } = answer
  const { op, database } = place
  const text = serverText(answer, body)
  const code = codeOf(status, text)
  const lines = refusedLines(answer, body)
  const partial =
    code === 'ERR_INFLUX_WRITE' &&
    (/partial write/i.test(text) || (lines !== undefined && lines.length < points))
  const dropped = /dropped=(\d+)/.exec(text)?.[1]
  return new InfluxWriteError(`${op}: ${text}`, {
    code,
    op,
    status,
    database,
    hint: hintFor(code, status, text, place),
    retryAfter: code === 'ERR_INFLUX_BUSY' ? retryAfter(answer.header('retry-after')) : undefined,
    retryable: isRetryable(code),
    partial,
    dropped: dropped === undefined ? undefined : Number(dropped),
    lines,
  })
}

function codeOf(status: number, text: string): InfluxCode {
  // Neither stored nor refused: whoever answered so is not InfluxDB.
  if (status < 400) return 'ERR_INFLUX_CONNECTION'
  return codeOfStatus(status, text, 'ERR_INFLUX_WRITE')
}

function hintFor(
  code: InfluxCode,
  status: number,
  text: string,
  { transport, database }: WritePlace,
): string | undefined {
  const { api } = transport.settings
  if (code === 'ERR_INFLUX_AUTH') return 'check "auth", and that it may write to the database'
  if (code !== 'ERR_INFLUX_NOT_FOUND') return undefined
  if (/retention policy/i.test(text)) return 'createRetentionPolicy() makes it'
  if (/database|bucket/i.test(text)) return `createDatabase(${JSON.stringify(database)}) makes it`
  return status === 404
    ? `the server has no ${PATHS[api]}, the path of api: '${api}'; try another api, or check the url's path`
    : undefined
}

/** v3 names the lines. */
function refusedLines(answer: Answer, body: Buffer): RefusedLine[] | undefined {
  const data = jsonOf(answer, body)?.['data']
  if (!Array.isArray(data)) return undefined
  return (data as Readonly<Record<string, unknown>>[]).map(
    ({ line_number, error_message, original_line }) => ({
      line: Number(line_number),
      reason: typeof error_message === 'string' ? error_message : 'refused',
      ...(typeof original_line === 'string' ? { text: original_line } : {}),
    }),
  )
}
