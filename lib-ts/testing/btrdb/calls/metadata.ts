import type { Wanted } from '../store/database.js'
import { refuse } from '../store/refusal.js'
import type { StoredStream, Texts } from '../store/stream.js'
import type { Message } from '../wire/codec.js'
import type {
  AnnotationsRequest,
  CreateRequest,
  InfoRequest,
  KeyValue,
  LookupRequest,
  PrefixRequest,
  TagsRequest,
  UuidRequest,
} from './requests.js'
import { paged, type State } from './state.js'

export function info({ behaviour }: State): Message {
  const [majorVersion, minorVersion] = behaviour.version
  return {
    mash: { revision: 1n, leader: 'fake', leaderRevision: 1n, totalWeight: 1n, healthy: true },
    majorVersion,
    minorVersion,
    build: `${majorVersion}.${minorVersion}.0`,
    proxy: { proxyEndpoints: behaviour.proxies },
  }
}

export function create(state: State, { uuid, collection, tags, annotations }: CreateRequest): Message {
  if (uuid.length !== 36) refuse('arguments', 'a uuid has 16 bytes')
  const named = new Map(tags.map(({ key, val }) => [key, val?.value ?? '']))
  state.database.create(uuid, { collection, tags: named, annotations: texts(annotations) }, state.now())
  return {}
}

export function streamInfo(state: State, { uuid, omitVersion, omitDescriptor }: InfoRequest): Message {
  const stream = state.database.stream(uuid)
  return {
    ...(omitVersion ? {} : { versionMajor: stream.version }),
    ...(omitDescriptor ? {} : { descriptor: descriptor(stream) }),
  }
}

export function setTags(state: State, request: TagsRequest): Message {
  const { uuid, expectedPropertyVersion, collection } = request
  const tags = new Map<string, string | null>(request.remove.map((key) => [key, null]))
  for (const { key, val } of request.tags) tags.set(key, val?.value ?? null)
  state.database.change(uuid, expectedPropertyVersion, { collection, tags })
  return {}
}

export function setAnnotations(state: State, request: AnnotationsRequest): Message {
  const { uuid, expectedPropertyVersion, changes, removals } = request
  state.database.change(uuid, expectedPropertyVersion, { annotations: texts(changes), removals })
  return {}
}

export function obliterate(state: State, { uuid }: UuidRequest): Message {
  state.database.obliterate(uuid)
  return {}
}

export function* listCollections(state: State, { prefix }: PrefixRequest): Generator<Message> {
  for (const collections of paged(state.database.collections(prefix), state.behaviour.page))
    yield { collections }
}

export function* lookupStreams(state: State, request: LookupRequest): Generator<Message> {
  const found = state.database.find({
    collection: request.collection,
    prefix: request.isCollectionPrefix,
    tags: wanted(request.tags),
    annotations: wanted(request.annotations),
  })
  for (const page of paged(found, state.behaviour.page)) yield { results: page.map(descriptor) }
}

export function metadataUsage(state: State, { prefix }: PrefixRequest): Message {
  const { tags, annotations } = state.database.usage(prefix)
  return { tags: counts(tags), annotations: counts(annotations) }
}

/** Servers are started with fault injection off. */
export function faultInject(): never {
  refuse('faultInjection', 'fault injection is disabled')
}

function descriptor({ uuid, collection, tags, annotations, propertyVersion }: StoredStream): Message {
  return { uuid, collection, tags: pairs(tags), annotations: pairs(annotations), propertyVersion }
}

const pairs = (all: Texts): KeyValue[] =>
  [...all].map(([key, value]) => ({ key, val: value === null ? undefined : { value } }))

const texts = (all: readonly KeyValue[]): Texts =>
  new Map(all.map(({ key, val }) => [key, val?.value ?? null]))

/** Without a value: the key is there, with any. */
const wanted = (all: readonly KeyValue[]): Wanted => new Map(all.map(({ key, val }) => [key, val?.value]))

const counts = (all: ReadonlyMap<string, bigint>): Message[] =>
  [...all].map(([key, count]) => ({ key, count }))
