// SQL over the metadata: each row comes as one JSON object.
import { parse as parseExact } from 'lossless-json'
import { isWellFormed, quote } from '../input/index.js'
import { argument } from './errors.js'
import type { Spec } from './guard.js'
import type { Session } from './session.js'
import { bytesOfUuid } from './uuid.js'

/** What a parameter of SQL may be. It is sent as text. */
export type SqlParameter = string | number | bigint | boolean

/** JSON whose whole numbers beyond 2^53 are bigint. */
export function parseJson(text: string): unknown {
  return /\d{16}/.test(text) ? parseExact(text, null, numberOf) : JSON.parse(text)
}

function numberOf(text: string): number | bigint {
  const number = Number(text)
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number
}

export function queryIn(query: unknown, op: string): string {
  if (typeof query !== 'string' || query.trim() === '' || !isWellFormed(query))
    throw argument(`${op}: a query is text, not ${quote(query)}`, { op })
  return query
}

export function paramsIn(params: unknown, op: string): string[] {
  if (!Array.isArray(params)) throw argument(`${op}: parameters are an array, not ${quote(params)}`, { op })
  return (params as readonly unknown[]).map((param, i) => {
    const ok =
      (typeof param === 'string' && isWellFormed(param)) ||
      (typeof param === 'number' && !Number.isNaN(param)) ||
      typeof param === 'bigint' ||
      typeof param === 'boolean'
    if (!ok)
      throw argument(
        `${op}: parameter $${i + 1} is text, a number, a bigint or true or false, not ${quote(param)}`,
        {
          op,
          index: i,
        },
      )
    return String(param)
  })
}

interface SqlRequest {
  readonly query: string
  readonly params: readonly string[]
}

/** The rows of a query, as they come. */
export async function* sqlRows(
  session: Session,
  request: SqlRequest,
  spec: Spec,
): AsyncGenerator<unknown, void, undefined> {
  for await (const { rows } of session.pages('SQLQuery', () => request, spec)) {
    for (const row of rows) yield rowOf(session, row, spec)
  }
}

/** All rows of a query; an answer that breaks is begun again. */
export async function allSqlRows(session: Session, request: SqlRequest, spec: Spec): Promise<unknown[]> {
  const all: unknown[] = []
  const anew = () => {
    all.length = 0
    return request
  }
  for await (const { rows } of session.pages('SQLQuery', anew, spec, { resume: 'anew' }))
    for (const row of rows) all.push(rowOf(session, row, spec))
  return all
}

const utf8 = new TextDecoder()

function rowOf(session: Session, row: Uint8Array, spec: Spec): unknown {
  try {
    return parseJson(utf8.decode(row))
  } catch {
    throw session.error('a row is not JSON', { code: 'ERR_BTRDB_SERVER', rpc: 'SQLQuery', op: spec.op })
  }
}

/** A stream in CSV: its uuid, its label, the version. */
export interface CsvColumn {
  readonly uuid: string
  readonly label: string
  readonly version: bigint
}

export interface CsvRequest {
  readonly kind: 'raw' | 'aligned' | 'windows'
  readonly from: bigint
  readonly to: bigint
  readonly width: bigint
  readonly pointWidth: number
  readonly versions: boolean
  readonly columns: readonly CsvColumn[]
}

const QUERY_TYPES = { aligned: 0, windows: 1, raw: 2 } as const

/** The rows that the server makes of streams, the header first. */
export async function* csvRows(
  session: Session,
  { kind, from, to, width, pointWidth, versions, columns }: CsvRequest,
  spec: Spec,
): AsyncGenerator<string[], void, undefined> {
  const request = {
    queryType: QUERY_TYPES[kind],
    startTime: from,
    endTime: to,
    windowSize: width,
    depth: pointWidth,
    includeVersions: versions,
    streams: columns.map(({ uuid, label, version }) => ({ uuid: bytesOfUuid(uuid, 'csv'), label, version })),
  }
  for await (const { row } of session.pages('GenerateCSV', () => request, spec))
    if (row.length > 0) yield [...row]
}
