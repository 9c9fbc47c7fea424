import type { Series } from '../telemetry/index.js'
import type { Columns, StatementColumns } from './columns.js'
import { identifier, stringLiteral } from './influxql.js'
import { DEFAULT_TYPES, KINDS, measurementOf, metaMeasurement, type Kind, type Layout } from './layout.js'
import { Metadata } from './metadata.js'
import type { CallOptions } from './options.js'

/** Asks the server for typed columns. */
export type Ask = (q: string, options: CallOptions) => Promise<readonly StatementColumns[]>

const META = 'type, units, description, choices'
const FIELD_KINDS: Readonly<Record<string, Kind>> = {
  float: 'float',
  integer: 'int',
  unsigned: 'uint',
  boolean: 'bool',
  string: 'string',
}

/** Where the series of a layout lie, and what is known of them. */
export class Catalogue {
  readonly layout: Layout
  readonly #ask: Ask

  constructor(ask: Ask, layout: Layout) {
    this.#ask = ask
    this.layout = layout
  }

  /** The kinds that are asked for one by one; undefined where the measurement does not say the kind. */
  get kinds(): readonly (Kind | undefined)[] {
    return this.layout.layout === 'tag' ? KINDS : [undefined]
  }

  /** FROM and the beginning of WHERE for the points of an id. */
  place(kind: Kind | undefined, id: string): { readonly source: string; readonly where: string } {
    return kind === undefined
      ? { source: identifier(id), where: '' }
      : {
          source: identifier(measurementOf(this.layout.prefix, kind)),
          where: `pv = ${stringLiteral(id)} AND `,
        }
  }

  get #meta(): string {
    return identifier(metaMeasurement(this.layout.prefix))
  }

  /** What is known of a series up to a time. */
  async metadata(id: string, to: bigint, o: CallOptions): Promise<Metadata> {
    const metadata = new Metadata(id)
    // The order of rows that come in pieces is the order of time.
    const where = `pv = ${stringLiteral(id)} AND time < ${to}`
    for (const { columns } of await this.#ask(`SELECT ${META} FROM ${this.#meta} WHERE ${where}`, o))
      metadata.add(columns)
    return metadata
  }

  /** The newest that is known of each id that matches, up to a time. */
  async newestMetadata(wheres: readonly string[], o: CallOptions): Promise<Map<string, Metadata>> {
    const known = new Map<string, Metadata>()
    const q = wheres.map(
      (where) => `SELECT ${META} FROM ${this.#meta} WHERE ${where} GROUP BY pv ORDER BY time DESC LIMIT 1`,
    )
    for (const { columns } of await this.#ask(q.join(';'), o)) {
      const id = columns.tags['pv'] as string
      const metadata = new Metadata(id)
      metadata.add(columns)
      known.set(id, metadata)
    }
    return known
  }

  /** The series of an id, as it is known last. */
  async series(id: string, o: CallOptions): Promise<Series> {
    const [series] = await this.find(id, o)
    return series ?? Object.freeze({ id, type: 'float64' })
  }

  /** The series whose ids match a glob or a RegExp, sorted by id. */
  async find(pattern: string | RegExp, o: CallOptions): Promise<Series[]> {
    const matches = matcher(pattern)
    const kinds = await (this.layout.layout === 'tag' ? this.#tagged(pattern, o) : this.#measured(o))
    const ids = [...kinds.keys()].filter(matches).sort()
    if (ids.length === 0) return []
    const exact = typeof pattern === 'string' && !/[*?]/.test(pattern)
    const where = exact ? `pv = ${stringLiteral(pattern)}` : `pv =~ ${globPattern(pattern)}`
    const known = await this.newestMetadata([where], o)
    return ids.map((id) => known.get(id)?.last ?? { id, type: DEFAULT_TYPES[kinds.get(id) as Kind] })
  }

  /** Ids by the kind of the first measurement that has them. */
  async #tagged(pattern: string | RegExp, o: CallOptions): Promise<Map<string, Kind>> {
    const found = new Map<string, Kind>()
    const where = typeof pattern === 'string' ? ` WHERE pv =~ ${globPattern(pattern)}` : ''
    const statements = KINDS.map((kind) => {
      const measurement = identifier(measurementOf(this.layout.prefix, kind))
      return `SHOW TAG VALUES FROM ${measurement} WITH KEY = "pv"${where}`
    })
    for (const { statement, columns } of await this.#ask(statements.join(';'), o)) {
      const ids = columns.fields['value'] as readonly string[]
      for (const id of ids) if (!found.has(id)) found.set(id, KINDS[statement] as Kind)
    }
    return found
  }

  async #measured(o: CallOptions): Promise<Map<string, Kind>> {
    const found = new Map<string, Kind>()
    for (const { columns } of await this.#ask('SHOW FIELD KEYS', o)) {
      const keys = columns.fields['fieldKey'] as readonly string[]
      const types = columns.fields['fieldType'] as readonly string[]
      if (!keys.includes('severity') || columns.name === metaMeasurement(this.layout.prefix)) continue
      const kind = FIELD_KINDS[types[keys.indexOf('value')] ?? 'float'] ?? 'float'
      found.set(columns.name, kind === 'int' && keys.includes('label') ? 'enum' : kind)
    }
    return found
  }
}

/** Whether an id matches; the whole of it for a glob. */
function matcher(pattern: string | RegExp): (id: string) => boolean {
  if (typeof pattern === 'string') {
    const glob = new RegExp(`^${globSource(pattern)}$`, 'su')
    return (id) => glob.test(id)
  }
  // A sticky or global one remembers where it was.
  const own = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (id) => own.test(id)
}

function globSource(glob: string): string {
  return glob.replace(/[*?]|[^*?]+/g, (part) => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part)))
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}/]/g, '\\$&')
}

/** The literal of a glob for the server; of a RegExp, whose language is another, one that takes everything. */
function globPattern(pattern: string | RegExp): string {
  return typeof pattern === 'string' ? `/(?s)^${globSource(pattern)}$/` : '/.*/'
}

/** A literal that matches exactly these ids. */
export function anyOf(ids: readonly string[]): string {
  return `/^(?:${ids.map(escaped).join('|')})$/`
}

/** The rows of each of several statements, by its number. */
export function byStatement(answers: readonly StatementColumns[], count: number): (Columns | undefined)[] {
  const all = new Array<Columns | undefined>(count)
  for (const { statement, columns } of answers) all[statement] = columns
  return all
}
