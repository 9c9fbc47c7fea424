// Points and windows by page, and whole. A read that breaks goes on where it stopped.
import { pointsFromArrow, windowsFromArrow } from './arrow.js'
import { joined, part, pointNames, Points, windowNames, Windows } from './columns.js'
import { BTrDBError } from './errors.js'
import type { Spec } from './guard.js'
import type { Arrow } from './peers.js'
import type { Session } from './session.js'
import { TIME_RANGE } from './status.js'
import { floorTo, MINIMUM_TIME, type Span } from './time.js'
import { WireError, type PointColumns, type WindowColumns } from './wire/index.js'

/** A stream that is read: of which version, and by which messages. */
export interface Reading {
  readonly session: Session
  readonly uuid: Uint8Array
  readonly version: bigint
  readonly spec: Spec
  /** There when Arrow is spoken. */
  readonly arrow: Arrow | undefined
}

interface Page<C> {
  readonly versionMajor: bigint
  readonly values: C
}
type Pages<C> = AsyncGenerator<Page<C>, void, undefined>

/** The points of a span, in order of time. */
export async function* rawPages(
  reading: Reading,
  { from, to }: Span,
): AsyncGenerator<Points, void, undefined> {
  const { session, uuid, version } = reading
  // Where the next attempt begins, and how many points of that very time were given: many may share one.
  let start = from
  let given = 0
  let skip = 0
  const request = () => {
    skip = given
    return { uuid, start, end: to, versionMajor: version }
  }
  for await (const { versionMajor, values } of pointPages(reading, request)) {
    const { time } = values
    let fresh = 0
    while (fresh < time.length && skip > 0 && time[fresh] === start) {
      fresh++
      skip--
    }
    if (fresh < time.length) skip = 0
    const left = fresh === 0 ? values : part(values, fresh)
    const { length } = left.time
    if (length === 0) continue
    const last = left.time[length - 1] as bigint
    let same = 0
    while (same < length && left.time[length - 1 - same] === last) same++
    given = last === start ? given + same : same
    start = last
    session.pointsOut += length
    yield new Points(left, versionMajor)
  }
}

async function* pointPages(reading: Reading, request: () => RawRequest): Pages<PointColumns> {
  const { session, spec, arrow } = reading
  if (arrow === undefined) {
    yield* session.pages('RawValues', request, spec, { resume: 'onwards' })
  } else {
    const pages = session.pages('ArrowRawValues', request, spec, { resume: 'onwards' })
    for await (const { versionMajor, arrowBytes } of pages)
      yield { versionMajor, values: readArrow(reading, () => pointsFromArrow(arrow, arrowBytes)) }
  }
}

interface RawRequest {
  readonly uuid: Uint8Array
  readonly start: bigint
  readonly end: bigint
  readonly versionMajor: bigint
}

function readArrow<R>({ session, spec }: Reading, read: () => R): R {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const { op, uuid } = spec
    const text = `the answer cannot be read: ${error.message}`
    throw session.error(text, { code: 'ERR_BTRDB_SERVER', op, uuid })
  }
}

/** Windows of 2^k ns; both ends of the span stand on multiples of that. */
export async function* alignedPages(
  reading: Reading,
  { from, to }: Span,
  k: number,
): AsyncGenerator<Windows, void, undefined> {
  const { session, uuid, version, spec, arrow } = reading
  const width = 1n << BigInt(k)
  let start = from
  const request = () => ({
    uuid,
    // A multiple of a very wide window may lie before the first legal time.
    start: start < MINIMUM_TIME ? MINIMUM_TIME : start,
    end: to,
    versionMajor: version,
    pointWidth: k,
  })
  const pages = async function* (): Pages<WindowColumns> {
    if (arrow === undefined) {
      yield* session.pages('AlignedWindows', request, spec, { resume: 'onwards' })
    } else {
      for await (const page of session.pages('ArrowAlignedWindows', request, spec, { resume: 'onwards' }))
        yield {
          versionMajor: page.versionMajor,
          values: readArrow(reading, () => windowsFromArrow(arrow, page.arrowBytes)),
        }
    }
  }
  const make = (columns: WindowColumns, versionMajor: bigint) => new Windows(columns, versionMajor, width, k)
  for await (const page of counted(reading, pages(), make)) {
    start = (page.time[page.length - 1] as bigint) + width
    yield page
  }
}

/** Both ends rounded down to a multiple of 2^k; undefined when nothing is left between. */
export function alignedSpan({ from, to }: Span, k: number): Span | undefined {
  const span = { from: floorTo(from, k), to: floorTo(to, k) }
  return span.from < span.to && span.to > MINIMUM_TIME ? span : undefined
}

/** Windows from the beginning of the span on, in steps of `width`, of which it holds a whole number. */
export async function* precisePages(
  reading: Reading,
  { from, to }: Span,
  width: bigint,
  depth: number,
): AsyncGenerator<Windows, void, undefined> {
  const { session, uuid, version, spec, arrow } = reading
  let start = from
  const request = () => ({ uuid, start, end: to, versionMajor: version, width, depth })
  const pages = async function* (): Pages<WindowColumns> {
    if (arrow === undefined) {
      yield* session.pages('Windows', request, spec, { resume: 'onwards' })
    } else {
      for await (const page of session.pages('ArrowWindows', request, spec, { resume: 'onwards' }))
        yield {
          versionMajor: page.versionMajor,
          values: readArrow(reading, () => windowsFromArrow(arrow, page.arrowBytes)),
        }
    }
  }
  const make = (columns: WindowColumns, versionMajor: bigint) => new Windows(columns, versionMajor, width)
  for await (const page of counted(reading, pages(), make)) {
    start = (page.time[page.length - 1] as bigint) + width
    yield page
  }
}

/** Without the windows that have no points; pages of which nothing is left are passed over. */
async function* counted(
  { session }: Reading,
  pages: Pages<WindowColumns>,
  make: (columns: WindowColumns, version: bigint) => Windows,
): AsyncGenerator<Windows, void, undefined> {
  for await (const { versionMajor, values } of pages) {
    const columns = values.count.includes(0n) ? withoutEmpty(values) : values
    const { length } = columns.time
    if (length === 0) continue
    session.pointsOut += length
    yield make(columns, versionMajor)
  }
}

function withoutEmpty(columns: WindowColumns): WindowColumns {
  const kept: number[] = []
  columns.count.forEach((count, i) => {
    if (count > 0n) kept.push(i)
  })
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i] as number)
  return {
    time: BigInt64Array.from(kept, (i) => columns.time[i] as bigint),
    min: pick(columns.min),
    mean: pick(columns.mean),
    max: pick(columns.max),
    count: BigUint64Array.from(kept, (i) => columns.count[i] as bigint),
    stddev: pick(columns.stddev),
  }
}

const FILLED = 10_000

/** All windows of a span: those that the pages lack have no points, and NaN for figures. */
export async function* filled(
  pages: AsyncIterable<Windows>,
  { from, to }: Span,
  width: bigint,
): AsyncGenerator<Windows, void, undefined> {
  let next = from
  let version = 0n
  for await (const page of pages) {
    version = page.version
    let at = 0
    while (at < page.length) {
      const time = page.time[at] as bigint
      for (const hole of holes(next, time, width, version)) yield hole
      // Those that follow without a hole.
      let end = at + 1
      while (end < page.length && (page.time[end] as bigint) - (page.time[end - 1] as bigint) === width) end++
      yield at === 0 && end === page.length
        ? page
        : new Windows(part({ ...columnsOf(page) }, at, end), version, width)
      next = (page.time[end - 1] as bigint) + width
      at = end
    }
  }
  yield* holes(next, to, width, version)
}

function columnsOf({ time, min, mean, max, count, stddev }: Windows): WindowColumns {
  return { time, min, mean, max, count, stddev }
}

function* holes(from: bigint, to: bigint, width: bigint, version: bigint): Generator<Windows, void> {
  for (let next = from; next < to;) {
    const length = Math.min(FILLED, Number((to - next) / width))
    if (length < 1) return
    const none = new Float64Array(length).fill(NaN)
    const time = BigInt64Array.from({ length }, (_, i) => next + BigInt(i) * width)
    const columns = {
      time,
      min: none,
      mean: none,
      max: none,
      count: new BigUint64Array(length),
      stddev: none,
    }
    yield new Windows(columns, version, width)
    next += BigInt(length) * width
  }
}

export async function allPoints(pages: AsyncIterable<Points>, version: bigint): Promise<Points> {
  const all: Points[] = []
  for await (const page of pages) all.push(page)
  return new Points(joined(all, pointNames), all.at(-1)?.version ?? version)
}

export async function allWindows(
  pages: AsyncIterable<Windows>,
  { version, width, k }: { readonly version: bigint; readonly width: bigint; readonly k?: number },
): Promise<Windows> {
  const all: Windows[] = []
  for await (const page of pages) all.push(page)
  return new Windows(joined<WindowColumns>(all, windowNames), all.at(-1)?.version ?? version, width, k)
}

/** Servers of version 4 refuse a single window of 1 ns although it is legal. */
export async function* unlessRefused(
  pages: AsyncGenerator<Windows, void, undefined>,
): AsyncGenerator<Windows, void, undefined> {
  try {
    yield* pages
  } catch (error) {
    if (!(error instanceof BTrDBError) || error.status !== TIME_RANGE) throw error
  }
}
