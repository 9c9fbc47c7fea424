// SQL over the metadata: each row comes as one JSON object.
import { createHash } from 'node:crypto'
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
  const pages = (again: () => SqlRequest) => session.pages('SQLQuery', again, spec, { resume: 'anew' })
  const rows = onceEach(pages, request, ({ rows }) => rows, changed(session, 'SQLQuery', spec))
  for await (const row of rows) yield rowOf(session, row, spec)
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
  const pages = (again: () => typeof request) => session.pages('GenerateCSV', again, spec, { resume: 'anew' })
  const rowsOf = ({ row }: { readonly row: readonly string[] }) => (row.length > 0 ? [row] : [])
  for await (const row of onceEach(pages, request, rowsOf, changed(session, 'GenerateCSV', spec)))
    yield [...row]
}

/**
 * The rows of an answer. One that breaks is begun again, and those that were given are passed over, as long as they are the
 * same and in the same order: a table has no place to go on from.
 */
async function* onceEach<Q, A, R extends Uint8Array | readonly string[]>(
  pages: (again: () => Q) => AsyncIterable<A>,
  request: Q,
  rowsOf: (answer: A) => readonly R[],
  differ: () => Error,
): AsyncGenerator<R, void, undefined> {
  // Of the rows that were given, and of those of this attempt; the same while none is passed over.
  let seen = createHash('sha1')
  let passed = seen
  let given = 0
  let left = 0
  const again = () => {
    if (left === 0) seen = passed
    left = given
    passed = createHash('sha1')
    return request
  }
  for await (const answer of pages(again)) {
    for (const row of rowsOf(answer)) {
      passed.update(row instanceof Uint8Array ? row : JSON.stringify(row)).update('\n')
      if (left === 0) {
        given++
        yield row
      } else if (--left === 0 && passed.copy().digest('hex') !== seen.copy().digest('hex')) {
        throw differ()
      }
    }
  }
  if (left > 0) throw differ()
}

function changed(session: Session, rpc: string, { op, uuid }: Spec): () => Error {
  const text = 'the answer broke off, and when it was begun again its rows were others'
  return () => session.error(text, { code: 'ERR_BTRDB_UNAVAILABLE', rpc, op, uuid, retryable: true })
}
