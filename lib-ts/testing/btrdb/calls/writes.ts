import type { Columns } from '../store/chunk.js'
import { policies, type MergePolicy } from '../store/merge.js'
import { refuse } from '../store/refusal.js'
import { rounded } from '../store/stream.js'
import { legalRange } from '../store/times.js'
import type { Message } from '../wire/codec.js'
import type { ArrowInsertRequest, InsertRequest, RangeRequest, UuidRequest } from './requests.js'
import type { State } from './state.js'

export function insert(state: State, request: InsertRequest): Message {
  return written(state, request, request.values)
}

export function arrowInsert(state: State, request: ArrowInsertRequest): Message {
  if (state.arrow === undefined) refuse('notImplemented', 'Arrow is not there')
  state.database.stream(request.uuid)
  return written(state, request, state.arrow.points(request.arrowBytes))
}

function written(
  state: State,
  { uuid, mergePolicy, rounding }: Pick<InsertRequest, 'uuid' | 'mergePolicy' | 'rounding'>,
  { time, value }: Columns,
): Message {
  const stream = state.database.stream(uuid)
  const { insertLimit } = state.behaviour
  if (time.length > insertLimit)
    refuse('tooBig', `an insert has at most ${insertLimit} points, not ${time.length}`)
  const points = { time, value: rounded(value, rounding?.bits ?? 0) }
  const added = stream.insert(points, policyOf(mergePolicy), state.now())
  if (added.time.length > 0) state.written(uuid, added)
  return { versionMajor: stream.version }
}

function policyOf(number: number): MergePolicy {
  return policies[number] ?? refuse('arguments', `there is no merge policy ${number}`)
}

export function deleteRange(state: State, { uuid, start, end }: RangeRequest): Message {
  const stream = state.database.stream(uuid)
  legalRange(start, end)
  stream.delete(start, end, state.now())
  return { versionMajor: stream.version }
}

/** What was written is there at once, so nothing is left to do. */
export function flush(state: State, { uuid }: UuidRequest): Message {
  return { versionMajor: state.database.stream(uuid).version }
}
