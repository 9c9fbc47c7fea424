// The open service for what the public interface lacks: a method by its name, arguments and result as JSON.
import { isPlainObject } from '../../../input/index.js'
import type { Row, Table } from '../store/platform-store.js'
import { refuse } from '../store/refusal.js'
import type { StoredStream } from '../store/stream.js'
import type { Message } from '../wire/codec.js'
import type { PlatformRequest } from './requests.js'
import type { State } from './state.js'

type Args = Readonly<Record<string, unknown>>

export function platform(state: State, { method, args }: PlatformRequest): Message {
  const call = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (call === undefined) refuse('notImplemented', `there is no method ${JSON.stringify(method)}`)
  return { result: JSON.stringify(call(state, parsed(args)) ?? null) }
}

function parsed(text: string): Args {
  let args: unknown
  try {
    args = JSON.parse(text)
  } catch {
    refuse('arguments', 'the arguments are not JSON')
  }
  return isPlainObject(args) ? args : refuse('arguments', 'the arguments are a JSON object')
}

const methods: Readonly<Record<string, (state: State, args: Args) => unknown>> = {
  ...ofTable('Device', ({ platform: { devices } }) => devices),
  ...ofTable('Unit', ({ platform: { units } }) => units),
  getCollectionProperties: (state, args) => ({
    retention: { removeOlderThan: state.platform.retention.get(collectionOf(args)) },
  }),
  setCollectionRetention: (state, args) => {
    const collection = collectionOf(args)
    const keep = durationOf(args)
    if (keep === undefined) state.platform.retention.delete(collection)
    else state.platform.retention.set(collection, keep)
    if (args['overridePerStream'] !== true) return
    for (const stream of state.database.streams)
      if (stream.collection === collection) stream.retention = undefined
  },
  getRetention: (state, args) => {
    const { retention, collection } = streamOf(state, args)
    return { removeOlderThan: retention ?? state.platform.retention.get(collection) }
  },
  setRetention: (state, args) => {
    streamOf(state, args).retention = durationOf(args)
  },
  getVersionAtTime: (state, args) => {
    const time = args['time']
    if (typeof time !== 'string' || !/^-?\d+$/.test(time))
      refuse('arguments', 'a time is text of digits, in ns')
    return String(streamOf(state, args).versionAt(BigInt(time)))
  },
}

function ofTable(
  what: 'Device' | 'Unit',
  tableOf: (state: State) => Table,
): Readonly<Record<string, (state: State, args: Args) => unknown>> {
  return {
    [`get${what}`]: (state, args): Row => tableOf(state).get(idOf(args)),
    [`list${what}s`]: (state): Row[] => tableOf(state).list(),
    [`create${what}`]: (state, args): Row => tableOf(state).create(fieldsOf(args)),
    [`update${what}`]: (state, args): Row => tableOf(state).update(idOf(args), fieldsOf(args)),
    [`delete${what}`]: (state, args): void => tableOf(state).delete(idOf(args)),
  }
}

function collectionOf({ collection }: Args): string {
  return typeof collection === 'string' ? collection : refuse('arguments', 'collection is text')
}

function streamOf(state: State, { uuid }: Args): StoredStream {
  if (typeof uuid !== 'string') refuse('arguments', 'uuid is text')
  return state.database.stream(uuid)
}

function idOf({ id, row }: Args): number {
  const given = id ?? (isPlainObject(row) ? row['id'] : undefined)
  return Number.isInteger(given) ? (given as number) : refuse('arguments', 'id is a whole number')
}

/** Fields stand beside each other, or in an object of their own. */
function fieldsOf(args: Args): Args {
  const own = args['fields'] ?? args['row']
  return isPlainObject(own) ? own : args
}

function durationOf({ removeOlderThan: keep }: Args): number | undefined {
  if (keep === undefined || keep === null) return undefined
  return typeof keep === 'number' && keep > 0 ? keep : refuse('arguments', 'removeOlderThan is ms above 0')
}
