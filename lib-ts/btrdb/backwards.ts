// Points from the newest on. BTrDB streams forwards only, so windows say where the last so many points begin.
import type { Points } from './columns.js'
import type { CallOptions } from './options.js'
import type { Stream } from './stream.js'
import { floorTo, MAXIMUM_TIME, MINIMUM_TIME, type Span } from './time.js'

const PAGE = 5000
/** Windows of one question. */
const FANOUT = 64n

interface Wanted {
  readonly limit: number
  readonly call: CallOptions
}

type Page = Pick<Points, 'time' | 'value' | 'length'>

export async function* backwards(
  stream: Stream,
  { from, to }: Span,
  { limit, call }: Wanted,
): AsyncGenerator<Page, void, undefined> {
  let end = to
  let left = limit
  while (end > from && left > 0) {
    const start = await beginningOf(stream, { from, to: end }, Math.min(PAGE, left), call)
    const points = await stream.rawValues({ from: start, to: end }, call)
    if (points.length > 0) {
      yield { time: points.time.reverse(), value: points.value.reverse(), length: points.length }
      left -= points.length
    }
    end = start
  }
}

/** A time from which the span has at least so many points, and not many more; `from` when it has fewer. */
async function beginningOf(stream: Stream, span: Span, wanted: number, call: CallOptions): Promise<bigint> {
  let { from, to } = span
  let missing = wanted
  for (;;) {
    let k = 0
    while (to - from > FANOUT << BigInt(k)) k++
    const width = 1n << BigInt(k)
    const end = floorTo(to + width - 1n, k)
    const wide = {
      from: from < MINIMUM_TIME ? MINIMUM_TIME : from,
      to: end > MAXIMUM_TIME ? MAXIMUM_TIME : end,
    }
    const { time, count } = await stream.alignedWindows(wide, k, call)
    let at = time.length - 1
    let behind = 0
    while (at >= 0 && behind + Number(count[at]) < missing) behind += Number(count[at--])
    if (at < 0) return from > span.from ? from : span.from
    const begin = time[at] as bigint
    if (k === 0 || behind + Number(count[at]) <= 4 * wanted) return begin > span.from ? begin : span.from
    missing -= behind
    from = begin > span.from ? begin : span.from
    to = begin + width < span.to ? begin + width : span.to
  }
}
