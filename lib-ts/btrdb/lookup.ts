// Metadata of many streams in a few calls, and streams by what is known of them.
import { isPlainObject } from '../input/index.js'
import { annotationValue } from './annotations.js'
import { BTrDBError } from './errors.js'
import type { Spec } from './guard.js'
import { fetchMetadata, type Metadata } from './metadata.js'
import type { Session } from './session.js'
import { allSqlRows } from './sql.js'
import { bytesOfUuid, readUuid } from './uuid.js'

/** Uuids of one query. */
const CHUNK = 1000

interface Handle {
  readonly uuid: string
  /** @internal */
  learn(metadata: Metadata): void
}

/** Fetches the metadata of handles. Fails with all uuids that are not there. */
export async function fetchAll(session: Session, handles: readonly Handle[], spec: Spec): Promise<void> {
  const uuids = [...new Set(handles.map(({ uuid }) => uuid))]
  const all = uuids.length < 2 ? undefined : await bySql(session, uuids, spec)
  const known = all ?? (await oneByOne(session, uuids, spec))
  const missing = uuids.filter((uuid) => !known.has(uuid))
  if (missing.length > 0) {
    const text =
      missing.length === 1
        ? `there is no stream ${missing.join()}`
        : `${missing.length} streams are not there`
    throw session.error(text, {
      code: 'ERR_BTRDB_NOT_FOUND',
      op: spec.op,
      uuids: missing,
      ...(missing.length === 1 ? { uuid: missing.join() } : {}),
    })
  }
  for (const handle of handles) handle.learn(known.get(handle.uuid) as Metadata)
}

/** undefined where the server has no SQL. */
async function bySql(
  session: Session,
  uuids: readonly string[],
  spec: Spec,
): Promise<Map<string, Metadata> | undefined> {
  const known = new Map<string, Metadata>()
  try {
    for (let at = 0; at < uuids.length; at += CHUNK) {
      const some = uuids.slice(at, at + CHUNK)
      const wanted = some.map((_, i) => `$${i + 1}::uuid`).join(', ')
      const query = `SELECT uuid, collection, name, unit, ingress, distiller, property_version, annotations FROM streams WHERE uuid IN (${wanted})`
      for (const row of await allSqlRows(session, { query, params: some }, spec)) {
        const read = rowMetadata(row)
        if (read === undefined) return undefined
        known.set(...read)
      }
    }
    return known
  } catch (error) {
    if (!(error instanceof BTrDBError) || !['ERR_BTRDB_SQL', 'ERR_BTRDB_NOT_SUPPORTED'].includes(error.code))
      throw error
    return undefined
  }
}

const TAGS = ['name', 'unit', 'ingress', 'distiller']

/** undefined for a row that is not as it should be. */
function rowMetadata(row: unknown): [string, Metadata] | undefined {
  if (!isPlainObject(row)) return undefined
  const uuid = readUuid(row['uuid'])
  const { collection, annotations } = row
  if (uuid === undefined || typeof collection !== 'string' || !isPlainObject(annotations)) return undefined
  const tags = TAGS.flatMap((key): [string, string][] => {
    const tag = row[key]
    return typeof tag === 'string' && tag !== '' ? [[key, tag]] : []
  })
  const version = row['property_version']
  return [
    uuid,
    {
      collection,
      tags: Object.fromEntries(tags),
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, text]) => [
          key,
          annotationValue(typeof text === 'string' ? text : ''),
        ]),
      ),
      propertyVersion:
        typeof version === 'number' || typeof version === 'bigint' ? BigInt(version) : undefined,
    },
  ]
}

async function oneByOne(
  session: Session,
  uuids: readonly string[],
  spec: Spec,
): Promise<Map<string, Metadata>> {
  const known = new Map<string, Metadata>()
  await Promise.all(
    uuids.map(async (uuid) => {
      try {
        known.set(uuid, await fetchMetadata(session, bytesOfUuid(uuid, spec.op), { ...spec, uuid }))
      } catch (error) {
        if (!(error instanceof BTrDBError) || error.code !== 'ERR_BTRDB_NOT_FOUND') throw error
      }
    }),
  )
  return known
}
