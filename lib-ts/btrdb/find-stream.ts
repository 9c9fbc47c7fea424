// A stream by what people call it: 'collection/name', a uuid, or the name of a PV.
import { quote } from '../input/index.js'
import type { Core } from './core.js'
import { argument, BTrDBError } from './errors.js'
import type { Spec } from './guard.js'
import { annotationText } from './annotations.js'
import { fetchMetadata, metadataOf } from './metadata.js'
import { pvUuid } from './pv-uuid.js'
import { Stream } from './stream.js'
import { bytesOfUuid, readUuid, textOfUuid } from './uuid.js'
import type { RequestOf } from './wire/index.js'

/** The streams that the server finds, with their metadata. */
export async function lookUp(core: Core, request: RequestOf<'LookupStreams'>, spec: Spec): Promise<Stream[]> {
  const found: Stream[] = []
  const anew = () => {
    found.length = 0
    return request
  }
  for await (const { results } of core.session.pages('LookupStreams', anew, spec, { resume: 'anew' }))
    for (const one of results) found.push(new Stream(core, textOfUuid(one.uuid), metadataOf(one)))
  return found
}

/** undefined when the server does not have it. */
export async function byUuid(core: Core, uuid: string, spec: Spec): Promise<Stream | undefined> {
  try {
    return new Stream(
      core,
      uuid,
      await fetchMetadata(core.session, bytesOfUuid(uuid, spec.op), { ...spec, uuid }),
    )
  } catch (error) {
    if (error instanceof BTrDBError && error.code === 'ERR_BTRDB_NOT_FOUND') return undefined
    throw error
  }
}

/** By its place. Several of one name are not told apart. */
export async function byPlace(
  core: Core,
  { collection, name }: { readonly collection: string; readonly name: string },
  spec: Spec,
): Promise<Stream | undefined> {
  const tags = [{ key: 'name', val: { value: name } }]
  const found = await lookUp(core, { collection, isCollectionPrefix: false, tags }, spec)
  return onlyOne(core, found, `${collection}/${name}`, spec)
}

function onlyOne(core: Core, found: readonly Stream[], id: string, spec: Spec): Stream | undefined {
  if (found.length < 2) return found[0]
  throw core.session.error(`${found.length} streams are called ${quote(id)}`, {
    code: 'ERR_BTRDB_AMBIGUOUS',
    op: spec.op,
    uuids: found.map(({ uuid }) => uuid),
  })
}

/** Where PVs are, when they are not where they are looked for first. */
export interface PvPlaces {
  readonly namespace?: string | undefined
}

/** Rejects when there is none, or several. */
export async function findStream(core: Core, id: unknown, spec: Spec, places?: PvPlaces): Promise<Stream> {
  const found = await findStreamOrNone(core, id, spec, places)
  if (found !== undefined) return found
  const uuid = readUuid(id)
  throw core.session.error(`there is no stream ${quote(id)}`, {
    code: 'ERR_BTRDB_NOT_FOUND',
    op: spec.op,
    ...(uuid === undefined ? {} : { uuid }),
  })
}

export async function findStreamOrNone(
  core: Core,
  id: unknown,
  spec: Spec,
  { namespace }: PvPlaces = {},
): Promise<Stream | undefined> {
  if (id instanceof Stream) return id.tags === undefined ? id.refreshMetadata(callOf(spec)) : id
  const uuid = readUuid(id)
  if (uuid !== undefined) return byUuid(core, uuid, spec)
  if (typeof id !== 'string' || id === '')
    throw argument(
      `${spec.op}: a stream is 'collection/name', a uuid or the name of a PV, not ${quote(id)}`,
      spec,
    )
  const slash = id.lastIndexOf('/')
  if (slash >= 0) {
    const placed = await byPlace(core, { collection: id.slice(0, slash), name: id.slice(slash + 1) }, spec)
    if (placed !== undefined) return placed
  }
  const ofPv = await byUuid(core, pvUuid(id, namespace), spec)
  if (ofPv !== undefined) return ofPv
  // Of another namespace, or adopted.
  const annotations = [{ key: 'pv', val: { value: annotationText(id, 'pv', spec.op) } }]
  const request = { collection: '', isCollectionPrefix: true, annotations }
  return onlyOne(core, await lookUp(core, request, spec), id, spec)
}

function callOf({ signal, timeout }: Spec) {
  return { signal, timeout }
}
