import { isPlainObject, quote, readOptions, flag } from '../input/index.js'
import { encodePoints, tagsCheck } from './encode-points.js'
import { argument, checking } from './errors.js'
import { int, uint, type FieldValue, type Point } from './point.js'
import { points, setKey, type Result } from './result.js'
import type { Time } from './time.js'

type Word = 'measurement' | 'time' | 'tag' | 'float' | 'int' | 'uint' | 'bool' | 'string'
type EnumObject = Readonly<Record<string, string | number>>

/** An entry of a schema: a word, with `?` when it may be absent, or an object whose keys are written for its values. */
export type SchemaEntry = Word | `${Word}?` | { readonly tag: EnumObject } | { readonly string: EnumObject }

/** What a schema is made of. */
export type SchemaShape = Readonly<Record<string, SchemaEntry>>

interface WordTypes {
  measurement: string
  time: Time
  tag: string
  float: number
  int: bigint | number
  uint: bigint | number
  bool: boolean
  string: string
}

type EntryType<E> = E extends `${infer W extends Word}?`
  ? WordTypes[W]
  : E extends Word
    ? WordTypes[E]
    : E extends { readonly tag: infer O }
      ? O[keyof O]
      : E extends { readonly string: infer O }
        ? O[keyof O]
        : never

type OptionalKeys<S> = { [K in keyof S]: S[K] extends `${string}?` ? K : never }[keyof S]
type Flat<T> = { [K in keyof T]: T[K] }

/** The rows of a schema. */
export type RowOf<S> = Flat<
  { -readonly [K in Exclude<keyof S, OptionalKeys<S>>]: EntryType<S[K]> } & {
    -readonly [K in OptionalKeys<S>]?: EntryType<S[K]> | undefined
  }
>

/** Points from typed rows, and typed rows from results. */
export interface PointSchema<R> {
  /** @throws InfluxError `ERR_INFLUX_ARGUMENT` that names the key */
  readonly point: (row: R) => Point
  /** Line protocol of ns. */
  readonly encode: (rows: Iterable<R>) => Uint8Array
  /** The rows of every series of a result. */
  readonly rows: (result: Result) => R[]
}

interface Entry {
  readonly key: string
  readonly word: Word
  readonly optional: boolean
  /** Of enums: the key written for each value, and back. */
  readonly names: ReadonlyMap<unknown, string> | undefined
  readonly values: ReadonlyMap<string, unknown> | undefined
}

const WORDS: readonly Word[] = ['measurement', 'time', 'tag', 'float', 'int', 'uint', 'bool', 'string']

/**
 * A schema: how rows of a type become points and come back. An integer is written as one, whatever it is given as.
 *
 * `placeholder` writes a field `_` for rows that have no field, which are else refused.
 *
 * @throws {@link InfluxError} `ERR_INFLUX_ARGUMENT` for a shape without fields, or with two times
 * @example
 * const State = { off: 0, on: 1 } as const
 * const shots = pointSchema('shots', { at: 'time', pump: 'tag', state: { tag: State }, energy: 'float', count: 'int?' })
 * await db.write([{ at: new Date(), pump: 'north', state: State.on, energy: 1.5 }].map(shots.point))
 * const rows = shots.rows(await db.query('SELECT * FROM shots'))
 * console.log(rows[0]?.energy, rows[0]?.state)
 */
export function pointSchema<const S extends SchemaShape>(
  measurement: string,
  shape: S,
  options?: { readonly tags?: Readonly<Record<string, string>>; readonly placeholder?: boolean },
): PointSchema<RowOf<S>> {
  const op = 'pointSchema'
  const checks = { tags: tagsCheck, placeholder: flag }
  const { tags = {}, placeholder = false } = checking(op, () => readOptions(options, checks, op))
  const entries = entriesOf(measurement, shape, placeholder)
  const point = (row: RowOf<S>): Point => pointOf(row, measurement, entries, tags, placeholder)
  return {
    point,
    encode: (rows) => encodePoints(Array.from(rows, point)),
    rows: (result) => [
      ...points(result, { map: (values, meta) => rowOf(values, meta, entries) as RowOf<S> }),
    ],
  }
}

function entriesOf(measurement: unknown, shape: unknown, placeholder: boolean): Entry[] {
  const op = 'pointSchema'
  if (typeof measurement !== 'string' || measurement === '')
    throw argument(`a measurement is text, not ${quote(measurement)}`, { op, path: 'measurement' })
  if (!isPlainObject(shape)) throw argument(`a shape is an object, not ${quote(shape)}`, { op })
  const entries = Object.entries(shape).map(([key, entry]) => entryOf(key, entry))
  const count = (...words: readonly Word[]): number =>
    entries.filter(({ word }) => words.includes(word)).length
  if (count('time') > 1) throw argument('the shape has two times', { op })
  if (count('measurement') > 1) throw argument('the shape has two measurements', { op })
  if (count('float', 'int', 'uint', 'bool', 'string') === 0 && !placeholder)
    throw argument('the shape has no field: a point has at least one', { op })
  return entries
}

function entryOf(key: string, entry: unknown): Entry {
  const optional = typeof entry === 'string' && entry.endsWith('?')
  const word = (optional ? entry.slice(0, -1) : entry) as Word
  if (WORDS.includes(word)) return { key, word, optional, names: undefined, values: undefined }
  if (isPlainObject(entry)) {
    const [kind, ...more] = Object.keys(entry)
    const values = kind === undefined ? undefined : entry[kind]
    if (
      (kind === 'tag' || kind === 'string') &&
      more.length === 0 &&
      typeof values === 'object' &&
      values !== null
    ) {
      // A numeric enum of TypeScript has its reverse in it: keys that are numbers are not names.
      const pairs = Object.entries(values).filter(([name]) => !/^\d+$/.test(name))
      const byName = new Map<string, unknown>(pairs)
      return {
        key,
        word: kind,
        optional,
        names: new Map(pairs.map(([name, value]) => [value, name])),
        values: byName,
      }
    }
  }
  throw argument(
    `${key} is ${quote(entry)}; there are ${WORDS.join(', ')}, each with ?, { tag }, { string }`,
    {
      op: 'pointSchema',
      path: key,
    },
  )
}

function pointOf(
  row: unknown,
  measurement: string,
  entries: readonly Entry[],
  own: Readonly<Record<string, string>>,
  placeholder: boolean,
): Point {
  if (typeof row !== 'object' || row === null)
    throw argument(`a row is an object, not ${quote(row)}`, { op: 'point' })
  const fields: Record<string, FieldValue> = {}
  const tags: Record<string, string> = {}
  for (const key of Object.keys(own)) setKey(tags, key, own[key])
  let name = measurement
  let time: Time | undefined
  for (const entry of entries) {
    const { key, word, optional } = entry
    const x = Object.hasOwn(row, key) ? (row as Record<string, unknown>)[key] : undefined
    if (x === undefined || x === null) {
      if (!optional) throw argument(`${key} is missing`, { op: 'point', path: key })
    } else if (word === 'time') time = x as Time
    else if (word === 'measurement') name = textIn(x, entry)
    else if (word === 'tag') setKey(tags, key, textIn(x, entry))
    else setKey(fields, key, fieldIn(x, entry))
  }
  if (placeholder && Object.keys(fields).length === 0) fields['_'] = true
  return { measurement: name, fields, tags, ...(time === undefined ? {} : { time }) }
}

function textIn(x: unknown, { key, names }: Entry): string {
  const text = names === undefined ? x : names.get(x)
  if (typeof text === 'string') return text
  throw argument(
    `${key} is ${quote(x)}, ${names === undefined ? 'not text' : 'which its enum does not have'}`,
    {
      op: 'point',
      path: key,
    },
  )
}

function fieldIn(x: unknown, entry: Entry): FieldValue {
  const { key, word } = entry
  const wrong = (wanted: string) =>
    argument(`${key} is ${quote(x)}, not ${wanted}`, { op: 'point', path: key })
  switch (word) {
    case 'float':
      if (typeof x !== 'number') throw wrong('a number')
      return x
    case 'bool':
      if (typeof x !== 'boolean') throw wrong('true or false')
      return x
    case 'string':
      return textIn(x, entry)
    default: {
      if (typeof x !== 'bigint' && !(typeof x === 'number' && Number.isSafeInteger(x)))
        throw wrong('a whole number')
      const fits = word === 'int' ? BigInt.asIntN(64, BigInt(x)) : BigInt.asUintN(64, BigInt(x))
      if (fits !== BigInt(x)) throw wrong(`an integer that 64 bits hold`)
      return word === 'int' ? int(x) : uint(x)
    }
  }
}

function rowOf(
  values: readonly unknown[],
  {
    name,
    tags,
    columns,
  }: {
    readonly name: string
    readonly tags: Readonly<Record<string, string>>
    readonly columns: readonly string[]
  },
  entries: readonly Entry[],
): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const { key, word, values: byName } of entries) {
    const at = columns.indexOf(word === 'time' ? 'time' : key)
    const x =
      word === 'measurement' ? name : at >= 0 ? values[at] : Object.hasOwn(tags, key) ? tags[key] : undefined
    if (x === undefined || x === null || (word === 'tag' && x === '')) continue
    setKey(row, key, byName === undefined ? x : (byName.get(x as string) ?? x))
  }
  return row
}
