// What the client's own calls are handed in.
import { flag, isPlainObject, quote, readOptions } from '../input/index.js'
import { annotationText } from './annotations.js'
import { argument, checking } from './errors.js'
import { collectionIn } from './metadata.js'
import { callChecks, type CallOptions } from './options.js'
import { uuidOf } from './versions.js'
import type { RequestOf } from './wire/index.js'

/** What tags or annotations must be: null means that the key is there, whatever its value. */
export type Match = Readonly<Record<string, string | null>>

/** What {@link BTrDB.streamsInCollection} takes. */
export interface CollectionOptions extends CallOptions {
  /** Also collections that begin with this one. true. */
  readonly isCollectionPrefix?: boolean | undefined
  readonly tags?: Match | undefined
  readonly annotations?: Match | undefined
}

const collectionChecks = {
  ...callChecks,
  isCollectionPrefix: flag,
  tags: matchCheck,
  annotations: matchCheck,
}

function matchCheck(value: unknown, name: string): Match {
  if (isPlainObject(value) && Object.values(value).every((x) => x === null || typeof x === 'string'))
    return value as Match
  throw argument(`option "${name}" is an object of texts and nulls, not ${quote(value)}`)
}

/** A lookup of the streams of a collection. */
export function lookupIn(
  collection: unknown,
  options: unknown,
  op: string,
): { readonly request: RequestOf<'LookupStreams'>; readonly call: CallOptions } {
  const read = checking(op, () => readOptions(options, collectionChecks, op))
  const { isCollectionPrefix = true, tags = {}, annotations = {}, ...call } = read
  call.signal?.throwIfAborted()
  const wanted = (match: Match, text: (value: string, key: string) => string) =>
    Object.entries(match).map(([key, value]) =>
      value === null ? { key } : { key, val: { value: text(value, key) } },
    )
  const request = {
    collection: collectionIn(collection, op),
    isCollectionPrefix,
    tags: wanted(tags, (value) => value),
    annotations: wanted(annotations, (value, key) => annotationText(value, key, op)),
  }
  return { request, call }
}

/** The uuids of an iterable, of handles too. */
export function uuidsIn(uuids: unknown, op: string): string[] {
  if (
    typeof uuids !== 'object' ||
    uuids === null ||
    uuids instanceof Uint8Array ||
    typeof (uuids as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function'
  )
    throw argument(`${op}: uuids are an iterable of them, not ${quote(uuids)}`, { op })
  return Array.from(uuids as Iterable<unknown>, (uuid) => uuidOf(uuid, op))
}
