// What a chart of so many pixels needs.
import type { ReadOptions } from './core.js'
import { argument } from './errors.js'
import { quote } from '../input/index.js'
import type { Stream } from './stream.js'
import type { Points, Windows } from './columns.js'
import { floorTo, MAXIMUM_TIME, MINIMUM_TIME, type Span } from './time.js'

/** A chart: windows, or the points themselves where there are no more of them than pixels. */
export interface Plot {
  readonly kind: 'windows' | 'points'
  /** Of windows: their beginnings. */
  readonly time: BigInt64Array
  /** ms since the epoch, with fractions. */
  readonly x: Float64Array
  readonly min: Float64Array
  readonly mean: Float64Array
  readonly max: Float64Array
  readonly count: BigUint64Array
  /** Windows are 2^pointWidth ns wide. */
  readonly pointWidth?: number
  /** ns. */
  readonly width?: bigint
  readonly version: bigint
  readonly unit?: string
  readonly length: number
}

export function pixelsIn(pixels: unknown): number {
  if (typeof pixels !== 'number' || !Number.isSafeInteger(pixels) || pixels < 1)
    throw argument(`plot: pixels is a whole number from 1 on, not ${quote(pixels)}`, { op: 'plot' })
  return pixels
}

/** The smallest k with at most `pixels` windows of 2^k ns in the span. */
function widthFor({ from, to }: Span, pixels: number): number {
  const room = BigInt(pixels)
  let k = 0
  while (to - from > room << BigInt(k)) k++
  return k
}

export async function plotOf(
  stream: Stream,
  span: Span,
  pixels: number,
  options: ReadOptions,
): Promise<Plot> {
  const unit = stream.unit
  const { from, to } = span
  const empty = { time: new BigInt64Array(0), value: new Float64Array(0), version: stream.pinned ?? 0n }
  if (from === to) return plotOfPoints(empty, unit)
  const k = widthFor(span, pixels)
  const width = 1n << BigInt(k)
  // The end is rounded up: the newest window is what a live chart looks at.
  const end = floorTo(to + width - 1n, k)
  const wide = { from: max(floorTo(from, k), MINIMUM_TIME), to: min(end, MAXIMUM_TIME) }
  const windows = await stream.alignedWindows(wide, k, options)
  // The last window before the end of all time is never whole.
  const whole = end <= MAXIMUM_TIME
  if (windows.length === 0 && whole) return plotOfPoints({ ...empty, version: windows.version }, unit)
  if (!whole || countWithin(windows, span) <= BigInt(pixels)) {
    const points = await pointsUpTo(stream, span, pixels, options)
    if (points !== undefined) return plotOfPoints(points, unit)
  }
  return plotOfWindows(windows, unit)
}

/** How many points there are at least: those of windows that lie within the span. */
function countWithin({ time, count, width }: Windows, { from, to }: Span): bigint {
  let sum = 0n
  for (let i = 0; i < time.length; i++) {
    const begin = time[i] as bigint
    if (begin >= from && begin + width <= to) sum += count[i] as bigint
  }
  return sum
}

interface Some {
  readonly time: BigInt64Array
  readonly value: Float64Array
  readonly version: bigint
}

/** The points of a span, or undefined when there are more. */
async function pointsUpTo(
  stream: Stream,
  span: Span,
  most: number,
  options: ReadOptions,
): Promise<Some | undefined> {
  const pages: Points[] = []
  let length = 0
  for await (const page of stream.rawValuesIter(span, options)) {
    pages.push(page)
    if ((length += page.length) > most) return undefined
  }
  const time = new BigInt64Array(length)
  const value = new Float64Array(length)
  let at = 0
  for (const page of pages) {
    time.set(page.time, at)
    value.set(page.value, at)
    at += page.length
  }
  return { time, value, version: pages.at(-1)?.version ?? stream.pinned ?? 0n }
}

function plotOfPoints({ time, value, version }: Some, unit: string | undefined): Plot {
  const count = new BigUint64Array(time.length).fill(1n)
  return {
    kind: 'points',
    time,
    x: milliseconds(time),
    min: value,
    mean: value,
    max: value,
    count,
    version,
    ...(unit === undefined ? {} : { unit }),
    length: time.length,
  }
}

function plotOfWindows(windows: Windows, unit: string | undefined): Plot {
  const { time, min, mean, max, count, version, width, pointWidth, length } = windows
  return {
    kind: 'windows',
    time,
    x: milliseconds(time),
    min,
    mean,
    max,
    count,
    ...(pointWidth === undefined ? {} : { pointWidth }),
    width,
    version,
    ...(unit === undefined ? {} : { unit }),
    length,
  }
}

function milliseconds(time: BigInt64Array): Float64Array {
  const x = new Float64Array(time.length)
  for (let i = 0; i < x.length; i++) {
    const ns = time[i] as bigint
    x[i] = Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6
  }
  return x
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
