import { refuse } from '../store/refusal.js'
import { legalRange, MAXIMUM_TIME, MINIMUM_TIME } from '../store/times.js'
import type { Columns } from '../store/chunk.js'
import type { Snapshot } from '../store/snapshot.js'
import { alignedDown, alignedWindows, preciseWindows, type WindowColumns } from '../store/windows.js'
import type { Message } from '../wire/codec.js'
import type {
  AlignedRequest,
  ChangesRequest,
  NearestRequest,
  ReadRequest,
  WindowsRequest,
} from './requests.js'
import { paged, type State } from './state.js'

/** A page of an answer, with the version that was read. */
export interface Page<T> {
  readonly version: bigint
  /** Undefined where there is nothing at all: an answer comes all the same. */
  readonly columns: T | undefined
}

export function* valuePages(state: State, request: ReadRequest): Generator<Page<Columns>> {
  const { version, snapshot } = read(state, request)
  legalRange(request.start, request.end)
  const to = snapshot.indexOf(request.end)
  let from = snapshot.indexOf(request.start)
  if (from === to) yield { version, columns: undefined }
  for (; from < to; from += state.behaviour.page)
    yield { version, columns: snapshot.columns(from, Math.min(to, from + state.behaviour.page)) }
}

export function* alignedPages(state: State, request: AlignedRequest): Generator<Page<WindowColumns>> {
  const { pointWidth: k } = request
  const { version, snapshot } = read(state, request)
  if (k > 63) refuse('pointWidth', `a point width is 0 to 63, not ${k}`)
  legalRange(request.start, request.end)
  const [start, end] = [alignedDown(request.start, k), alignedDown(request.end, k)]
  if (start >= end) refuse('timeRange', `[${request.start}, ${request.end}) holds no window of 2^${k} ns`)
  yield* orNothing(version, alignedWindows(snapshot, start, end, { k, page: state.behaviour.page }))
}

export function* windowPages(state: State, request: WindowsRequest): Generator<Page<WindowColumns>> {
  const { start, end, width } = request
  const { version, snapshot } = read(state, request)
  if (width <= 0n) refuse('parameter', `the width of a window is above 0, not ${width}`)
  legalRange(start, end)
  if (end - start < width) refuse('timeRange', `[${start}, ${end}) holds no window of ${width} ns`)
  yield* orNothing(version, preciseWindows(snapshot, start, end, { width, page: state.behaviour.page }))
}

function* orNothing<T>(version: bigint, pages: Iterable<T>): Generator<Page<T>> {
  let none = true
  for (const columns of pages) {
    none = false
    yield { version, columns }
  }
  if (none) yield { version, columns: undefined }
}

function read(
  state: State,
  { uuid, versionMajor }: { readonly uuid: string; readonly versionMajor: bigint },
): { readonly version: bigint; readonly snapshot: Snapshot } {
  return state.database.stream(uuid).snapshot(versionMajor)
}

/** Pages as messages of protobuf. */
export function* messages(pages: Iterable<Page<Columns | WindowColumns>>): Generator<Message> {
  for (const { version, columns } of pages) yield { versionMajor: version, values: columns }
}

export function nearest(state: State, request: NearestRequest): Message {
  const { time, backward } = request
  const { version, snapshot } = read(state, request)
  if (time < MINIMUM_TIME || time > MAXIMUM_TIME) refuse('timeRange', `${time} is not a legal time`)
  const index = snapshot.indexOf(time)
  const point = snapshot.at(backward ? index - 1 : index)
  if (point === undefined)
    refuse('noPoint', `there is no point ${backward ? 'before' : 'at or after'} ${time}`)
  return { versionMajor: version, value: point }
}

export function* changes(state: State, request: ChangesRequest): Generator<Message> {
  const stream = state.database.stream(request.uuid)
  if (request.resolution > 63) refuse('pointWidth', `a resolution is 0 to 63, not ${request.resolution}`)
  const ranges = stream.changes(request.fromMajor, request.toMajor, request.resolution)
  const versionMajor = request.toMajor === 0n ? stream.version : request.toMajor
  for (const page of paged(ranges, state.behaviour.page))
    yield { versionMajor, ranges: page.map(({ from, to }) => ({ start: from, end: to })) }
}
