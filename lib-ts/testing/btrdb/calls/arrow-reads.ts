import type { ArrowPages, Joined } from '../arrow.js'
import { refuse } from '../store/refusal.js'
import { legalRange } from '../store/times.js'
import type { Columns } from '../store/chunk.js'
import type { Message } from '../wire/codec.js'
import { alignedPages, valuePages, windowPages, type Page } from './reads.js'
import type { AlignedRequest, MultiRequest, TemplateRequest, WindowsRequest } from './requests.js'
import { paged, type State } from './state.js'
import type { WindowColumns } from '../store/windows.js'

function arrowOf({ arrow }: State): ArrowPages {
  return arrow ?? refuse('notImplemented', 'Arrow is not there')
}

export function* arrowValues(state: State, request: TemplateRequest): Generator<Message> {
  const arrow = arrowOf(state)
  const template = arrow.template(request.templateBytes, 2)
  for (const { version, columns } of valuePages(state, request))
    yield { versionMajor: version, arrowBytes: arrow.pointsPage(columns ?? noPoints, template) }
}

export function* arrowAligned(state: State, request: AlignedRequest): Generator<Message> {
  yield* windows(arrowOf(state), alignedPages(state, request))
}

export function* arrowWindows(state: State, request: WindowsRequest): Generator<Message> {
  yield* windows(arrowOf(state), windowPages(state, request))
}

function* windows(arrow: ArrowPages, pages: Iterable<Page<WindowColumns>>): Generator<Message> {
  for (const { version, columns } of pages)
    yield { versionMajor: version, arrowBytes: arrow.windowsPage(columns ?? noWindows) }
}

/** All streams, joined by time; a stream without a point at a time has null there. */
export function* arrowMulti(state: State, request: MultiRequest): Generator<Message> {
  const arrow = arrowOf(state)
  const { uuid: uuids, versionMajor: versions, start, end, snapPeriodNs: snap } = request
  if (uuids.length === 0 || versions.length !== uuids.length)
    refuse('arguments', `${uuids.length} streams with ${versions.length} versions`)
  if (snap < 0n) refuse('parameter', `times are not snapped to ${snap} ns`)
  const template = arrow.template(request.templateBytes, 1 + uuids.length)
  legalRange(start, end)
  const rows = new Map<bigint, (number | null)[]>()
  for (const [i, uuid] of uuids.entries()) {
    const { snapshot } = state.database.stream(uuid).snapshot(versions[i] as bigint)
    const { time, value } = snapshot.columns(snapshot.indexOf(start), snapshot.indexOf(end))
    for (const [at, exact] of time.entries()) {
      const near = snap === 0n ? exact : nearestMultiple(exact, snap)
      const row = rows.get(near) ?? uuids.map(() => null)
      row[i] = value[at] as number
      rows.set(near, row)
    }
  }
  const times = [...rows.keys()].sort((a, b) => (a < b ? -1 : 1))
  for (const page of paged(times, state.behaviour.page)) {
    const columns = uuids.map((name, i) => ({ name, values: page.map((at) => rows.get(at)?.[i] ?? null) }))
    yield {
      arrowBytes: arrow.joinedPage({ time: BigInt64Array.from(page), columns } satisfies Joined, template),
    }
  }
}

/** Half of it goes up. */
function nearestMultiple(at: bigint, step: bigint): bigint {
  const up = at + step / 2n
  const rest = up % step
  return up - (rest < 0n ? rest + step : rest)
}

const noPoints: Columns = { time: new BigInt64Array(0), value: new Float64Array(0) }
const noWindows: WindowColumns = {
  time: new BigInt64Array(0),
  min: new Float64Array(0),
  mean: new Float64Array(0),
  max: new Float64Array(0),
  count: new BigUint64Array(0),
  stddev: new Float64Array(0),
}
