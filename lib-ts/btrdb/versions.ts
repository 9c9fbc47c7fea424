import { isPlainObject, quote } from '../input/index.js'
import { argument } from './errors.js'
import { versionIn } from './time.js'
import { uuidText } from './uuid.js'

/** A stream: its uuid in any usual form, as 16 bytes, or a handle. */
export type UuidLike = string | Uint8Array | { readonly uuid: string }

/** A version for each of several streams. */
export type Versions =
  Iterable<readonly [UuidLike, bigint | number]> | Readonly<Record<string, bigint | number>>

export function uuidOf(x: unknown, op: string): string {
  return uuidText(typeof x === 'object' && x !== null && 'uuid' in x ? x.uuid : x, op)
}

/** Entries by uuid, of a Map, of pairs or of an object. */
export function byUuid<T>(
  entries: unknown,
  { op, what }: { readonly op: string; readonly what: string },
  read: (value: unknown, uuid: string) => T,
): Map<string, T> {
  const iterable = typeof entries === 'object' && entries !== null && Symbol.iterator in entries
  if (!iterable && !isPlainObject(entries))
    throw argument(`${op}: ${what} are a Map, pairs, or an object by uuid, not ${quote(entries)}`, { op })
  const all = new Map<string, T>()
  for (const entry of iterable ? (entries as Iterable<unknown>) : Object.entries(entries as object)) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw argument(`${op}: ${what} are pairs of a uuid and a value, not ${quote(entry)}`, { op })
    const uuid = uuidOf(entry[0], op)
    all.set(uuid, read(entry[1], uuid))
  }
  return all
}

export function versionsIn(versions: unknown, op: string): Map<string, bigint> {
  return byUuid(versions, { op, what: 'versions' }, (version, uuid) =>
    versionIn(version, `that of ${uuid}`, op),
  )
}
