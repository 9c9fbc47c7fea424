// What points of one shape have in common, made once: points mostly come many of a kind.
import { quote } from '../input/index.js'
import { argument } from './errors.js'
import { keepOne } from './lasting.js'
import { fieldKeys, floatField, measurements, tagKeys, tagValues } from './line.js'
import type { Point } from './point.js'

const MOST_HEADS = 10_000
const MOST_SHAPES = 1000

/** Tags of every point, sorted, none of them empty. */
export type OwnTags = readonly (readonly [string, string])[]

/** Whether an object has these keys in this order, and no others. */
export function hasKeys(object: object, keys: readonly string[]): boolean {
  let i = 0
  for (const key in object) if (key !== keys[i++]) return false
  return i === keys.length
}

/** The beginnings of lines: measurement and tags, most of them kept by the values of the tags. */
export class Heads {
  readonly #own: OwnTags
  readonly #known = new Map<string, HeadShape>()
  #last: HeadShape | undefined
  #count = 0

  constructor(own: OwnTags) {
    this.#own = own
  }

  /** The shape of the points of a measurement with such tags. @throws InfluxError that names the path */
  shape(measurement: string, tags: Point['tags']): HeadShape {
    const last = this.#last
    if (last?.measurement === measurement && last.fits(tags)) return last
    measurements.of(measurement, 'measurement')
    if (tags != null && (typeof tags !== 'object' || Array.isArray(tags)))
      throw argument(`tags is ${quote(tags)}, not an object`, { path: 'tags' })
    const keys = tags == null ? [] : Object.keys(tags)
    const id = `${measurement}\0${keys.join('\0')}`
    let shape = this.#known.get(id)
    // Looked at again: keys with a NUL in them join to the same text as others do.
    if (shape?.fits(tags) !== true) {
      shape = new HeadShape(measurement, keys, this.#own)
      if (this.#known.size >= MOST_SHAPES) this.#known.clear()
      this.#known.set(id, shape)
    }
    return (this.#last = shape)
  }

  /** @throws InfluxError that names the path */
  of(shape: HeadShape, tags: Point['tags']): Uint8Array {
    const kept = shape.kept(tags)
    if (kept !== undefined) return kept
    const head = Buffer.from(shape.text(tags))
    if (this.#count >= MOST_HEADS) {
      this.#known.clear()
      this.#last = undefined
      this.#count = 0
    }
    if (shape.keep(tags, head)) this.#count++
    return head
  }
}

interface Branch {
  readonly branches: Map<unknown, Branch>
  head: Uint8Array | undefined
}

/** A measurement and the keys of tags. */
export class HeadShape {
  readonly measurement: string
  readonly #keys: readonly string[]
  readonly #own: OwnTags
  readonly #escaped: string
  /** Heads by the values of the tags, one after another. */
  readonly #root: Branch = { branches: new Map(), head: undefined }
  readonly #fields = new Map<string, FieldShape>()
  #last: FieldShape | undefined

  constructor(measurement: string, keys: readonly string[], own: OwnTags) {
    this.measurement = measurement
    this.#keys = keys
    this.#own = own
    this.#escaped = measurements.of(measurement, 'measurement')
    for (const key of keys) tagKeys.of(key, 'tags', key)
  }

  fits(tags: Point['tags']): boolean {
    if (tags == null) return this.#keys.length === 0
    return typeof tags === 'object' && !Array.isArray(tags) && hasKeys(tags, this.#keys)
  }

  kept(tags: Point['tags']): Uint8Array | undefined {
    if (tags == null) return this.#root.head
    let branch: Branch | undefined = this.#root
    for (const key of this.#keys) {
      branch = branch.branches.get(tags[key])
      if (branch === undefined) return undefined
    }
    return branch.head
  }

  /** Keeps a head; not those with numbers, which are often all different, and 0 and -0 are one key of a map. */
  keep(tags: Point['tags'], head: Uint8Array): boolean {
    const values = tags == null ? [] : this.#keys.map((key) => tags[key])
    if (values.some((value) => typeof value === 'number' || typeof value === 'bigint')) return false
    let branch = this.#root
    for (const value of values) {
      let next = branch.branches.get(value)
      if (next === undefined) branch.branches.set(value, (next = { branches: new Map(), head: undefined }))
      branch = next
    }
    branch.head = head
    return true
  }

  /** Measurement and tags, sorted; the point's own tags win. */
  text(tags: Point['tags']): string {
    const all = new Map<string, string>()
    for (const [key, value] of this.#own) all.set(key, pair(key, value))
    if (tags != null)
      for (const key of this.#keys) {
        const text = tagOf(key, tags[key])
        if (text !== '') all.set(key, text)
      }
    return (
      this.#escaped +
      [...all.keys()]
        .sort()
        .map((key) => all.get(key) as string)
        .join('')
    )
  }

  /** What the fields of such a point have in common. @throws InfluxError that names the path */
  fields(fields: Point['fields']): FieldShape {
    const last = this.#last
    if (last !== undefined && hasKeys(fields, last.keys)) return last
    const keys = Object.keys(fields)
    if (keys.length === 0) throw argument('fields is empty: a point has at least one', { path: 'fields' })
    const id = keys.join('\0')
    let shape = this.#fields.get(id)
    if (shape === undefined || !hasKeys(fields, shape.keys)) {
      shape = fieldShape(keys, this.#keys, this.#own)
      if (this.#fields.size >= MOST_SHAPES) this.#fields.clear()
      this.#fields.set(id, shape)
    }
    return (this.#last = shape)
  }
}

/** The keys of fields, in order. */
export interface FieldShape {
  readonly keys: readonly string[]
  /** `,key=` of each. */
  readonly heads: readonly Uint8Array[]
  /** Those that are tags too, which a point may only have when the tag is empty. */
  readonly doubtful: readonly string[]
}

function fieldShape(keys: readonly string[], tags: readonly string[], own: OwnTags): FieldShape {
  const heads = keys.map((key) => {
    const head = Buffer.from(`,${fieldKeys.of(key, 'fields', key)}=`)
    if (own.some(([tag]) => tag === key)) throw bothError(key)
    return head
  })
  return { keys, heads, doubtful: keys.filter((key) => tags.includes(key)) }
}

export function bothError(key: string): Error {
  return argument(`${quote(key)} is both a tag and a field`, { path: `fields.${key}` })
}

function pair(key: string, value: string): string {
  return `,${tagKeys.of(key, 'tags', key)}=${tagValues.of(value, 'tags', key)}`
}

/** A tag without a value is left out. */
function tagOf(key: string, value: unknown): string {
  if (typeof value === 'string') return value === '' ? '' : pair(key, value)
  if (value == null) return ''
  if (typeof value === 'number') return pair(key, floatField(value))
  if (typeof value === 'bigint' || typeof value === 'boolean') return pair(key, String(value))
  throw argument(`tags.${key} is ${quote(value)}, not text`, { path: `tags.${key}` })
}

keepOne(new Heads([]))
keepOne(new HeadShape('m', [], []))
