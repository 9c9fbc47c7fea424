import { refuse } from './refusal.js'
import { StoredStream, type Described, type Texts } from './stream.js'

/** The keys that tags have. */
export const TAG_KEYS = ['name', 'unit', 'ingress', 'distiller'] as const
const LONGEST_TEXT = 255
const LONGEST_KEY = 63
const LARGEST_ANNOTATION = 1 << 20

/** What a search looks for; undefined where any value will do. */
export type Wanted = ReadonlyMap<string, string | undefined>

export interface Search {
  readonly collection: string
  readonly prefix: boolean
  readonly tags: Wanted
  readonly annotations: Wanted
}

/** A change of metadata: null removes. */
export interface MetadataChange {
  readonly collection?: string
  readonly tags?: ReadonlyMap<string, string | null>
  readonly annotations?: Texts
  /** Annotations that go. */
  readonly removals?: readonly string[]
}

/** All streams of a server, and the uuids that may not come back. */
export class Database {
  readonly #streams = new Map<string, StoredStream>()
  readonly #gone = new Set<string>()

  get streams(): StoredStream[] {
    return [...this.#streams.values()]
  }

  stream(uuid: string): StoredStream {
    return this.#streams.get(uuid) ?? refuse('noStream', 'stream does not exist')
  }

  create(uuid: string, described: Described, now: bigint): void {
    if (this.#streams.has(uuid)) refuse('exists', `a stream with uuid ${uuid} exists`)
    if (this.#gone.has(uuid)) refuse('reusedUuid', `uuid ${uuid} was obliterated, and cannot be used again`)
    checkCollection(described.collection)
    checkTags(described.tags)
    checkAnnotations(described.annotations)
    this.#checkUnique(uuid, described.collection, described.tags)
    this.#streams.set(uuid, new StoredStream(uuid, described, now))
  }

  /** Changes metadata, of the property version that the writer saw. */
  change(uuid: string, expected: bigint, change: MetadataChange): void {
    const stream = this.stream(uuid)
    if (expected !== stream.propertyVersion)
      refuse('propertyVersion', `the property version is ${stream.propertyVersion}, not ${expected}`)
    const collection = change.collection ?? stream.collection
    const tags = applied(stream.tags, change.tags)
    const annotations = new Map([...stream.annotations, ...(change.annotations ?? [])])
    for (const key of change.removals ?? []) annotations.delete(key)
    checkCollection(collection)
    checkTags(tags)
    checkAnnotations(annotations)
    this.#checkUnique(uuid, collection, tags)
    Object.assign(stream, { collection, tags, annotations })
    stream.propertyVersion++
  }

  obliterate(uuid: string): void {
    this.stream(uuid)
    this.#streams.delete(uuid)
    this.#gone.add(uuid)
  }

  /** Sorted, each once. */
  collections(prefix: string): string[] {
    const all = this.streams.map(({ collection }) => collection)
    return [...new Set(all.filter((collection) => collection.startsWith(prefix)))].sort()
  }

  find({ collection, prefix, tags, annotations }: Search): StoredStream[] {
    for (const key of tags.keys()) checkTagKey(key)
    return this.streams.filter(
      (stream) =>
        (prefix ? stream.collection.startsWith(collection) : stream.collection === collection) &&
        matches(stream.tags, tags) &&
        matches(stream.annotations, annotations),
    )
  }

  /** How many streams have each key. */
  usage(prefix: string): { readonly tags: Map<string, bigint>; readonly annotations: Map<string, bigint> } {
    const tags = new Map<string, bigint>(TAG_KEYS.map((key) => [key, 0n]))
    const annotations = new Map<string, bigint>()
    const counted = (counts: Map<string, bigint>, key: string): unknown =>
      counts.set(key, (counts.get(key) ?? 0n) + 1n)
    for (const stream of this.streams) {
      if (!stream.collection.startsWith(prefix)) continue
      for (const [key, value] of stream.tags) if (value !== '') counted(tags, key)
      for (const key of stream.annotations.keys()) counted(annotations, key)
    }
    return { tags, annotations }
  }

  clear(): void {
    this.#streams.clear()
    this.#gone.clear()
  }

  /** A second stream of one collection with the same tags could not be told from the first. */
  #checkUnique(uuid: string, collection: string, tags: Texts): void {
    const other = this.streams.find(
      (stream) =>
        stream.uuid !== uuid &&
        stream.collection === collection &&
        TAG_KEYS.every((key) => (stream.tags.get(key) ?? '') === (tags.get(key) ?? '')),
    )
    if (other === undefined) return
    refuse('ambiguous', `stream ${other.uuid} has the same collection and tags`)
  }
}

function applied(texts: Texts, change: Texts = new Map()): Texts {
  const all = new Map(texts)
  for (const [key, value] of change) {
    if (value === null) all.delete(key)
    else all.set(key, value)
  }
  return all
}

function matches(texts: Texts, wanted: Wanted): boolean {
  for (const [key, value] of wanted) {
    const there = texts.get(key)
    if (value === undefined ? there === undefined : there !== value) return false
  }
  return true
}

function checkCollection(collection: string): void {
  if (collection === '' || Buffer.byteLength(collection) > LONGEST_TEXT)
    refuse('collection', `a collection has 1 to ${LONGEST_TEXT} bytes: ${JSON.stringify(collection)}`)
}

function checkTagKey(key: string): void {
  if (!TAG_KEYS.includes(key as (typeof TAG_KEYS)[number]))
    refuse('tagKey', `${JSON.stringify(key)} is not one of the tags ${TAG_KEYS.join(', ')}`)
}

function checkTags(tags: Texts): void {
  for (const [key, value] of tags) {
    checkTagKey(key)
    if (value !== null && Buffer.byteLength(value) > LONGEST_TEXT)
      refuse('tagValue', `tag ${key} has at most ${LONGEST_TEXT} bytes`)
  }
}

function checkAnnotations(annotations: Texts): void {
  for (const [key, value] of annotations) {
    if (key.length > LONGEST_KEY || !/^[a-z][a-z0-9_.]*$/.test(key))
      refuse('tagKey', `${JSON.stringify(key)} is not a key of an annotation`)
    if (value !== null && Buffer.byteLength(value) > LARGEST_ANNOTATION)
      refuse('annotation', `annotation ${key} has at most ${LARGEST_ANNOTATION} bytes`)
  }
}
