// What PredictiveGrid can and the public interface lacks: retention, devices, units, versions by time. Guessing the
// vendor's messages could delete data, so each takes the first way that is there, and none is guessed.
import { isPlainObject, quote } from '../input/index.js'
import { argument, BTrDBError } from './errors.js'
import type { Spec } from './guard.js'
import type { PlatformMethod, PlatformOptions } from './platform-options.js'
import type { Session } from './session.js'
import { parseJson } from './sql.js'

/** A row of a table. */
export type Row = Readonly<Record<string, unknown>>

/** How long points are kept. */
export interface Retention {
  /** ms; absent: for ever. */
  readonly removeOlderThan?: number | undefined
}

/** Of a collection. */
export interface CollectionRetention extends Retention {
  /** Streams that have a retention of their own lose it. false. */
  readonly overridePerStream?: boolean | undefined
}

type Args = Readonly<Record<string, unknown>>
type Kind = 'device' | 'unit'

/** Reads rows by SQL. */
export type Query = (text: string, params: readonly string[], spec: Spec) => Promise<Row[]>

interface Parts {
  readonly session: Session
  readonly options: PlatformOptions | undefined
  readonly build: string
  readonly query: Query
}

export class Platform {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async setCollectionRetention(collection: string, o: CollectionRetention, spec: Spec): Promise<void> {
    const { overridePerStream = false } = o
    if (typeof overridePerStream !== 'boolean')
      throw argument(`${spec.op}: overridePerStream is true or false, not ${quote(overridePerStream)}`, spec)
    await this.#call(
      'setCollectionRetention',
      { collection, overridePerStream, ...retentionIn(o, spec.op) },
      spec,
    )
  }

  async getCollectionProperties(collection: string, spec: Spec): Promise<{ retention: Retention }> {
    const result = await this.#call('getCollectionProperties', { collection }, spec)
    const retention = isPlainObject(result) ? result['retention'] : undefined
    return { retention: retentionOf(retention) }
  }

  async getRetention(uuid: string, spec: Spec): Promise<Retention> {
    return retentionOf(await this.#call('getRetention', { uuid }, spec))
  }

  async setRetention(uuid: string, retention: Retention, spec: Spec): Promise<void> {
    await this.#call('setRetention', { uuid, ...retentionIn(retention, spec.op) }, spec)
  }

  async versionAtTime(uuid: string, time: bigint, spec: Spec): Promise<bigint> {
    const result = await this.#call('getVersionAtTime', { uuid, time: String(time) }, spec)
    if (typeof result === 'bigint' || (typeof result === 'number' && Number.isSafeInteger(result)))
      return BigInt(result)
    if (typeof result === 'string' && /^\d+$/.test(result)) return BigInt(result)
    throw this.#strange(result, spec)
  }

  async get(kind: Kind, id: number, spec: Spec): Promise<Row> {
    const row = await this.#call(kind === 'device' ? 'getDevice' : 'getUnit', { id: idIn(id, spec.op) }, spec)
    if (row === null || row === undefined) throw this.#noRow(kind, id, spec)
    return this.#row(row, spec)
  }

  async list(kind: Kind, spec: Spec): Promise<Row[]> {
    const rows = await this.#call(kind === 'device' ? 'listDevices' : 'listUnits', {}, spec)
    if (!Array.isArray(rows)) throw this.#strange(rows, spec)
    return rows.map((row) => this.#row(row, spec))
  }

  async create(kind: Kind, fields: unknown, spec: Spec): Promise<Row> {
    const args = { fields: rowIn(fields, 'fields', spec.op) }
    return this.#row(await this.#call(kind === 'device' ? 'createDevice' : 'createUnit', args, spec), spec)
  }

  async update(kind: Kind, row: unknown, spec: Spec): Promise<Row> {
    const read = rowIn(row, 'a row', spec.op)
    const id = idIn(read['id'], spec.op)
    const method = kind === 'device' ? 'updateDevice' : 'updateUnit'
    return this.#row(await this.#call(method, { id, row: read }, spec), spec)
  }

  async delete(kind: Kind, id: number, spec: Spec): Promise<void> {
    await this.#call(kind === 'device' ? 'deleteDevice' : 'deleteUnit', { id: idIn(id, spec.op) }, spec)
  }

  async #call(method: PlatformMethod, args: Args, spec: Spec): Promise<unknown> {
    const { session, options } = this.#parts
    const binding = options?.methods?.[method]
    const repeat = method.startsWith('get') || method.startsWith('list')
    if (binding !== undefined) {
      const request = Buffer.from(binding.encode(args))
      return binding.decode(await session.bytes(binding.path, request, spec, repeat))
    }
    const rows = await this.#fromTable(method, args, spec)
    if (rows !== undefined) return rows
    const request = { method, args: JSON.stringify(args) }
    try {
      const { result } = await session.unary('Platform', request, spec, repeat)
      return result === '' ? undefined : parseJson(result)
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#strange('text that is not JSON', spec)
      if (error instanceof BTrDBError && error.code === 'ERR_BTRDB_NOT_SUPPORTED')
        throw this.#lacking(method, error)
      throw error
    }
  }

  async #fromTable(method: PlatformMethod, { id }: Args, spec: Spec): Promise<unknown> {
    const { options, query } = this.#parts
    const kind = /^(?:get|list)(Device|Unit)s?$/.exec(method)?.[1]?.toLowerCase() as Kind | undefined
    const table = kind === undefined ? undefined : options?.tables?.[kind]
    if (table === undefined) return undefined
    const name = `"${table.replaceAll('"', '""')}"`
    if (method.startsWith('list')) return query(`SELECT * FROM ${name} ORDER BY id`, [], spec)
    const rows = await query(`SELECT * FROM ${name} WHERE id = $1::bigint`, [String(id)], spec)
    return rows[0] ?? null
  }

  #lacking(method: PlatformMethod, { status, grpc }: BTrDBError): BTrDBError {
    const { session, build } = this.#parts
    const table = /^(?:get|list)(Device|Unit)/.test(method) ? ', or platform.tables to read them by SQL' : ''
    return new BTrDBError(
      `${method}: the public interface of BTrDB lacks this, and the server (${build === '' ? 'no build is told' : build}) does not have the open service nodepvxs.btrdb.v1.Platform`,
      {
        code: 'ERR_BTRDB_NOT_SUPPORTED',
        op: method,
        method,
        endpoint: session.endpoint,
        status,
        grpc,
        hint: `with the vendor's schema, give connect() platform.methods.${method}${table}`,
      },
    )
  }

  #noRow(kind: Kind, id: number, spec: Spec): BTrDBError {
    return this.#parts.session.error(`there is no ${kind} ${id}`, { code: 'ERR_BTRDB_NOT_FOUND', ...spec })
  }

  #row(row: unknown, spec: Spec): Row {
    if (!isPlainObject(row)) throw this.#strange(row, spec)
    return row
  }

  #strange(result: unknown, { op, uuid }: Spec): BTrDBError {
    const text = `the result is ${quote(result)}, which is not what this method gives`
    return this.#parts.session.error(text, { code: 'ERR_BTRDB_SERVER', op, uuid })
  }
}

function idIn(id: unknown, op: string): number {
  if (typeof id !== 'number' || !Number.isSafeInteger(id))
    throw argument(`${op}: an id is a whole number, not ${quote(id)}`, { op })
  return id
}

function rowIn(row: unknown, name: string, op: string): Row {
  if (!isPlainObject(row)) throw argument(`${op}: ${name} is an object, not ${quote(row)}`, { op })
  for (const [key, value] of Object.entries(row))
    if (typeof value === 'bigint')
      throw argument(`${op}: ${quote(key)} is a bigint, which JSON cannot hold`, { op })
  return row
}

function retentionIn(retention: unknown, op: string): Retention {
  if (!isPlainObject(retention))
    throw argument(`${op}: a retention is an object, not ${quote(retention)}`, { op })
  const known = ['removeOlderThan', 'overridePerStream']
  const stray = Object.keys(retention).find((key) => !known.includes(key))
  if (stray !== undefined)
    throw argument(`${op}: a retention has no ${quote(stray)}; there is removeOlderThan`, { op })
  const { removeOlderThan } = retention
  if (removeOlderThan === undefined) return {}
  if (typeof removeOlderThan !== 'number' || !(removeOlderThan > 0 && removeOlderThan < Infinity))
    throw argument(`${op}: removeOlderThan is ms above 0, not ${quote(removeOlderThan)}`, { op })
  return { removeOlderThan }
}

function retentionOf(x: unknown): Retention {
  const keep = isPlainObject(x) ? x['removeOlderThan'] : undefined
  return typeof keep === 'number' ? { removeOlderThan: keep } : {}
}
