import { refuse } from '../store/refusal.js'
import { TAG_KEYS } from '../store/database.js'
import type { Table as Rows } from '../store/platform-store.js'
import type { StoredStream } from '../store/stream.js'
import type { Hstore, Table, Value } from '../sql/evaluate.js'
import { select } from '../sql/select.js'
import type { Message } from '../wire/codec.js'
import type { SqlRequest } from './requests.js'
import { paged, type State } from './state.js'

/** A row is one JSON object. */
export function* sqlQuery(state: State, { query, params }: SqlRequest): Generator<Message> {
  const results = select(query, params, (name) => tableOf(state, name))
  for (const page of paged(results, state.behaviour.page))
    yield { rows: page.map((row) => Buffer.from(JSON.stringify(row))) }
}

function tableOf({ database, platform }: State, name: string): Table {
  if (name === 'streams')
    return {
      columns: ['uuid', 'collection', ...TAG_KEYS, 'property_version', 'annotations'],
      rows: database.streams.map(streamRow),
      uuids: ['uuid'],
    }
  if (name === 'devices') return platformTable(platform.devices)
  if (name === 'units') return platformTable(platform.units)
  refuse('sql', `relation "${name}" does not exist`)
}

function streamRow(stream: StoredStream): Readonly<Record<string, Value>> {
  const tags = TAG_KEYS.map((key) => [key, stream.tags.get(key) ?? ''] as const)
  const annotations: Hstore = Object.fromEntries(stream.annotations)
  const { uuid, collection, propertyVersion } = stream
  return {
    uuid,
    collection,
    ...Object.fromEntries(tags),
    property_version: Number(propertyVersion),
    annotations,
  }
}

function platformTable(table: Rows): Table {
  const rows = table.list() as unknown as readonly Readonly<Record<string, Value>>[]
  return { columns: [...new Set(['id', ...rows.flatMap(Object.keys)])], rows, uuids: [] }
}
