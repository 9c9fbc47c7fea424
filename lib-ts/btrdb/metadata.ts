// What is known about a stream beside its points, and how it is changed.
import { isPlainObject, isWellFormed, quote } from '../input/index.js'
import { annotationText, annotationValue, type Annotations } from './annotations.js'
import { argument, BTrDBError } from './errors.js'
import type { Spec } from './guard.js'
import type { Session } from './session.js'
import type { Message, MessageInput } from './wire/index.js'

/** A change of a stream's metadata. What is not named stays. */
export interface Update {
  /** null removes a tag. */
  readonly tags?: Readonly<Record<string, string | null>> | undefined
  /** null removes an annotation. */
  readonly annotations?: Readonly<Record<string, unknown>> | undefined
  readonly collection?: string | undefined
  /** Removes the annotations that are not named. */
  readonly replace?: boolean | undefined
}

export interface Metadata {
  readonly collection: string
  readonly tags: Readonly<Record<string, string>>
  readonly annotations: Annotations
  readonly propertyVersion: bigint | undefined
}

type KeyValues = Message<'Descriptor'>['tags']

export function metadataOf({
  collection,
  tags,
  annotations,
  propertyVersion,
}: Message<'Descriptor'>): Metadata {
  return {
    collection,
    tags: record(tags, (text) => text),
    annotations: record(annotations, annotationValue),
    propertyVersion,
  }
}

function record<T>(pairs: KeyValues, read: (text: string) => T): Readonly<Record<string, T>> {
  // Entries, since a key may be __proto__.
  return Object.fromEntries(pairs.map(({ key, val }) => [key, read(val?.value ?? '')]))
}

export async function fetchMetadata(session: Session, uuid: Uint8Array, spec: Spec): Promise<Metadata> {
  const { descriptor } = await session.unary('StreamInfo', { uuid, omitVersion: true }, spec)
  if (descriptor === undefined)
    throw session.error('the answer has no description of the stream', { code: 'ERR_BTRDB_SERVER', ...spec })
  return metadataOf(descriptor)
}

export function tagsIn(tags: unknown, op: string): [string, string][] {
  if (tags === undefined) return []
  if (!isPlainObject(tags)) throw argument(`${op}: tags are an object of texts, not ${quote(tags)}`, { op })
  return Object.entries(tags).flatMap(([key, value]): [string, string][] => {
    if (value === undefined) return []
    if (typeof value !== 'string' || !isWellFormed(value))
      throw argument(`${op}: the tag ${quote(key)} is text, not ${quote(value)}`, { op })
    return [[key, value]]
  })
}

export function annotationsIn(annotations: unknown, op: string): [string, string][] {
  if (annotations === undefined) return []
  if (!isPlainObject(annotations))
    throw argument(`${op}: annotations are an object, not ${quote(annotations)}`, { op })
  return Object.entries(annotations).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, annotationText(value, key, op)]],
  )
}

export function pairs(entries: readonly (readonly [string, string])[]): MessageInput<'KeyValue'>[] {
  return entries.map(([key, value]) => ({ key, val: { value } }))
}

export function collectionIn(collection: unknown, op: string): string {
  if (typeof collection !== 'string' || !isWellFormed(collection))
    throw argument(`${op}: a collection is text, not ${quote(collection)}`, { op })
  return collection
}

interface Change {
  readonly tags: Readonly<Record<string, string | null>>
  readonly annotations: readonly [string, string][]
  readonly removed: readonly string[]
  readonly collection: string | undefined
  readonly replace: boolean
}

export function changeIn(change: unknown): Change {
  const op = 'update'
  if (!isPlainObject(change)) throw argument(`update: a change is an object, not ${quote(change)}`, { op })
  const known = ['tags', 'annotations', 'collection', 'replace']
  const stray = Object.keys(change).find((key) => !known.includes(key))
  if (stray !== undefined)
    throw argument(`update: a change has no ${quote(stray)}; there are ${known.join(', ')}`, { op })
  const { replace = false, collection } = change
  if (typeof replace !== 'boolean')
    throw argument(`update: replace is true or false, not ${quote(replace)}`, { op })
  const [tags, goneTags] = withoutNulls(change['tags'])
  const [annotations, gone] = withoutNulls(change['annotations'])
  const read = {
    tags: Object.fromEntries([...tagsIn(tags, op), ...goneTags.map((key) => [key, null] as const)]),
    annotations: annotationsIn(annotations, op),
    removed: gone,
    collection: collection === undefined ? undefined : collectionIn(collection, op),
    replace,
  }
  const named = [read.tags, read.annotations, read.removed].some((part) => Object.keys(part).length > 0)
  if (!named && read.collection === undefined && !replace)
    throw argument('update: nothing is named that could change', { op })
  return read
}

function withoutNulls(entries: unknown): [unknown, string[]] {
  if (!isPlainObject(entries)) return [entries, []]
  const all = Object.entries(entries)
  return [
    Object.fromEntries(all.filter(([, value]) => value !== null)),
    all.filter(([, value]) => value === null).map(([key]) => key),
  ]
}

/** How often somebody else may be faster. */
const ATTEMPTS = 5

interface Updating {
  readonly session: Session
  readonly uuid: Uint8Array
  readonly spec: Spec
  /** As last seen. */
  readonly known: Metadata | undefined
  readonly ifVersion: bigint | undefined
}

/** Changes a stream's metadata, and gives what it is then. */
export async function updateMetadata(updating: Updating, change: Change): Promise<Metadata> {
  const { session, uuid, spec, ifVersion } = updating
  let { known } = updating
  const fetched = async (): Promise<Metadata> => (known = await fetchMetadata(session, uuid, spec))
  const steps = [
    ...(Object.keys(change.tags).length > 0 || change.collection !== undefined ? [setTags] : []),
    ...(change.annotations.length > 0 || change.removed.length > 0 || change.replace ? [setAnnotations] : []),
  ]
  let expected = ifVersion
  for (const step of steps) {
    for (let attempt = 1; ; attempt++) {
      const seen = known?.propertyVersion
      const now =
        known === undefined || seen === undefined || seen !== (expected ?? seen) ? await fetched() : known
      try {
        const version = expected ?? now.propertyVersion ?? 0n
        const sent = await step(updating, change, now, version)
        const then = await fetched()
        // Where nothing had to be sent the server has not compared: what was known may be out of date.
        if (!sent) checkVersion(updating, then, version)
        break
      } catch (error) {
        const late = error instanceof BTrDBError && error.code === 'ERR_BTRDB_PROPERTY_VERSION'
        if (!late || expected !== undefined || attempt >= ATTEMPTS) throw error
        await fetched()
      }
    }
    // The second step's version is the first one's doing.
    expected = undefined
  }
  return known as Metadata
}

function checkVersion({ session, spec }: Updating, { propertyVersion }: Metadata, expected: bigint): void {
  if (propertyVersion === expected) return
  const text = `the property version is ${propertyVersion ?? 'not known'}, not ${expected}`
  const { op, uuid } = spec
  throw session.error(text, { code: 'ERR_BTRDB_PROPERTY_VERSION', op, uuid })
}

/** Steps of an update; false when there was nothing to send. */
async function setTags(
  { session, uuid, spec }: Updating,
  change: Change,
  now: Metadata,
  expected: bigint,
): Promise<boolean> {
  const all: Record<string, string | null> = { ...now.tags, ...change.tags }
  const kept = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  await session.unary(
    'SetStreamTags',
    {
      uuid,
      expectedPropertyVersion: expected,
      collection: change.collection ?? now.collection,
      tags: pairs(kept),
      remove: Object.keys(all).filter((key) => all[key] === null),
    },
    spec,
  )
  return true
}

async function setAnnotations(
  { session, uuid, spec }: Updating,
  change: Change,
  now: Metadata,
  expected: bigint,
): Promise<boolean> {
  const named = new Set(change.annotations.map(([key]) => key))
  const others = change.replace ? Object.keys(now.annotations).filter((key) => !named.has(key)) : []
  const there = change.removed.filter((key) => Object.hasOwn(now.annotations, key))
  const removals = [...new Set([...others, ...there])]
  if (change.annotations.length === 0 && removals.length === 0) return false
  await session.unary(
    'SetStreamAnnotations',
    { uuid, expectedPropertyVersion: expected, changes: pairs(change.annotations), removals },
    spec,
  )
  return true
}
