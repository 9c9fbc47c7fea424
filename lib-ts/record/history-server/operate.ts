// What a name stands for: a PV, or an operator round one.
import type { History, Sample, Series, Window } from '../../telemetry/index.js'
import { startOf } from '../windows.js'
import { operatorIn, unknownOperator, type Operator } from './operators.js'
import { knownOf, newestOf, readPv, type Batches, type Reading, type Span } from './reading.js'

const NS = 1_000_000_000n
const BATCH = 1_000

/**
 * Opens what a name stands for. Nothing of it is held in memory but what `optimized` compares.
 *
 * @throws UnknownPv when the store has nothing of it at any time
 * @throws QueryFault for an unknown operator
 */
export async function openReading(
  store: History,
  name: string,
  span: Span,
  signal: AbortSignal,
): Promise<Reading> {
  const call = operatorIn(name)
  if (call?.operator !== undefined) return operate(store, call.pv, call.operator, span, signal)
  // What looks like an unknown operator may as well be the name of a PV.
  if (call !== undefined && (await newestOf(store, name, signal)) === undefined)
    throw unknownOperator(call.word, name)
  return readPv(store, name, span, signal)
}

async function operate(
  store: History,
  id: string,
  operator: Operator,
  span: Span,
  signal: AbortSignal,
): Promise<Reading> {
  switch (operator.kind) {
    case 'figure': {
      const { series } = await knownOf(store, id, signal)
      const { seconds, figure } = operator
      const figures = figureSeries(series, 'float64')
      const windows = windowsIn(store, id, span, BigInt(seconds) * NS, signal)
      return fromWindows(figures, windows, span.limit, figure)
    }
    case 'first':
    case 'last': {
      const raw = await readPv(store, id, { ...span, boundary: false, limit: Infinity }, signal)
      return { ...raw, batches: limited(picked(raw.batches, operator), span.limit) }
    }
    case 'nth': {
      const raw = await readPv(store, id, { ...span, limit: Infinity }, signal)
      return { ...raw, batches: limited(everyNth(raw.batches, operator.count), span.limit) }
    }
    case 'optimized':
      return optimized(store, id, operator.count, span, signal)
  }
}

/** A series of figures of another one, which keeps its name. */
function figureSeries({ id, units, description }: Series, type: 'float64' | 'float64[]'): Series {
  return {
    id,
    type,
    ...(units === undefined ? {} : { units }),
    ...(description === undefined ? {} : { description }),
  }
}

function windowsIn(
  store: History,
  id: string,
  { from, to }: Span,
  width: bigint,
  signal: AbortSignal,
): AsyncIterable<Window[]> {
  return store.windows(id, { from, to }, width, { signal })
}

function fromWindows(
  series: Series,
  windows: AsyncIterable<Window[]>,
  limit: number,
  value: (window: Window) => number | Float64Array,
): Reading {
  const iterator = windows[Symbol.asyncIterator]()
  const batches = (async function* () {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      yield next.value.map((window): Sample => {
        return { series, time: window.time, value: value(window), severity: 0, status: 0 }
      })
  })()
  const close = async (): Promise<void> => {
    await iterator.return?.()
  }
  return { series, batches: limited(batches, limit), close }
}

async function* limited(batches: Batches, limit: number): AsyncGenerator<readonly Sample[], void, undefined> {
  let left = limit
  for await (const batch of batches) {
    if (batch.length >= left) {
      yield batch.slice(0, left)
      return
    }
    left -= batch.length
    yield batch
  }
}

/** The first or last sample of each bin. */
async function* picked(
  batches: Batches,
  { kind, seconds }: { readonly kind: 'first' | 'last'; readonly seconds: number },
): AsyncGenerator<readonly Sample[], void, undefined> {
  const width = BigInt(seconds) * NS
  let end: bigint | undefined
  let last: Sample | undefined
  let out: Sample[] = []
  for await (const batch of batches) {
    for (const sample of batch) {
      const isNew = end === undefined || sample.time >= end
      if (isNew) {
        if (kind === 'first') out.push(sample)
        else if (last !== undefined) out.push(last)
        end = startOf(sample.time, width) + width
      }
      last = sample
    }
    if (out.length < BATCH) continue
    yield out
    out = []
  }
  if (kind === 'last' && last !== undefined) out.push(last)
  if (out.length > 0) yield out
}

async function* everyNth(batches: Batches, n: number): AsyncGenerator<readonly Sample[], void, undefined> {
  let number = 0
  for await (const batch of batches) {
    const kept = batch.filter(() => number++ % n === 0)
    if (kept.length > 0) yield kept
  }
}

/** What has no mean: it is given as it is, however many there are. */
const isPlain = ({ type }: Series): boolean => type === 'string' || type.endsWith('[]')

/** The samples, when there are `count` at most; else mean, std, min, max and count of windows, `count` at most. */
async function optimized(
  store: History,
  id: string,
  count: number,
  span: Span,
  signal: AbortSignal,
): Promise<Reading> {
  const { series } = await knownOf(store, id, signal)
  if (isPlain(series)) return readPv(store, id, span, signal)
  // One more than may be, beside the one before the range.
  const raw = await readPv(store, id, { ...span, limit: count + 2 }, signal)
  const held: (readonly Sample[])[] = []
  let number = 0
  try {
    for await (const batch of raw.batches) {
      held.push(batch)
      for (const { time } of batch) if (time >= span.from) number++
    }
  } finally {
    await raw.close()
  }
  if (number <= count) return { ...raw, batches: limited(again(held), span.limit) }
  const figures = figureSeries(series, 'float64[]')
  const windows = windowsIn(store, id, span, widthFor(span, count), signal)
  return fromWindows(figures, windows, span.limit, ({ mean, stddev = 0, min, max, count: of }) =>
    Float64Array.of(mean, stddev, min, max, of),
  )
}

/** So wide that no more than `count` windows, which stand on multiples of it, touch the range. */
function widthFor({ from, to }: Span, count: number): bigint {
  const least = count === 1 ? to : (to - from) / BigInt(count - 1) + 1n
  return least < NS ? least : ((least + NS - 1n) / NS) * NS
}

// eslint-disable-next-line @typescript-eslint/require-await -- what was held has come already
async function* again(
  batches: readonly (readonly Sample[])[],
): AsyncGenerator<readonly Sample[], void, undefined> {
  yield* batches
}
