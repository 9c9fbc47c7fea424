// The points of the fake BTrDB against a list that is searched from end to end.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Columns } from '../../../lib-ts/testing/btrdb/store/chunk.js'
import { policies, type MergePolicy } from '../../../lib-ts/testing/btrdb/store/merge.js'
import { rounded, StoredStream } from '../../../lib-ts/testing/btrdb/store/stream.js'
import {
  alignedWindows,
  preciseWindows,
  type WindowColumns,
} from '../../../lib-ts/testing/btrdb/store/windows.js'

interface Point {
  readonly time: bigint
  readonly value: number
}

type Step =
  | { readonly kind: 'insert'; readonly points: readonly Point[]; readonly policy: MergePolicy }
  | { readonly kind: 'delete'; readonly from: bigint; readonly to: bigint }

const time = fc.integer({ min: -3000, max: 6000 }).map(BigInt)
const value = fc.constantFrom(0, -0, 1, 2, 0.1, -1e308, 5e-324)
const policy = fc.constantFrom(...policies)
const few = fc.array(fc.record({ time, value }), { maxLength: 12 })
/** Many points in a row, so that chunks fill up, are divided, and hold long runs of one time. */
const many = fc
  .record({
    first: time,
    count: fc.integer({ min: 1, max: 3000 }),
    step: fc.integer({ min: 0, max: 2 }),
    value,
  })
  .map(({ first, count, step, value: v }) =>
    Array.from({ length: count }, (_, i) => ({ time: first + BigInt(Math.floor(i * step * 0.7)), value: v })),
  )
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), points: fc.oneof(few, few, many), policy }),
  fc
    .tuple(time, fc.integer({ min: 1, max: 4000 }))
    .map(([from, width]) => ({ kind: 'delete' as const, from, to: from + BigInt(width) })),
)
const history = fc.array(step, { minLength: 1, maxLength: 8 })

const columnsOf = (points: readonly Point[]): Columns => ({
  time: BigInt64Array.from(points, (p) => p.time),
  value: Float64Array.from(points, (p) => p.value),
})
const pointsOf = ({ time: times, value: values }: Columns): Point[] =>
  Array.from(times, (at, i) => ({ time: at, value: values[i] as number }))

function stream(): StoredStream {
  const described = { collection: 'lab', tags: new Map(), annotations: new Map() }
  return new StoredStream('6f1e4b1c-0000-4000-8000-000000000000', described, 0n)
}

function apply(to: StoredStream, s: Step): void {
  if (s.kind === 'insert') to.insert(columnsOf(s.points), s.policy, 0n)
  else to.delete(s.from, s.to, 0n)
}

/** What a list of points is after a step. */
function after(list: readonly Point[], s: Step): readonly Point[] {
  if (s.kind === 'delete') return list.filter((p) => p.time < s.from || p.time >= s.to)
  const all = new Map<bigint, number[]>()
  for (const p of list) all.set(p.time, [...(all.get(p.time) ?? []), p.value])
  for (const p of s.points) {
    const there = all.get(p.time)
    if (there === undefined) all.set(p.time, [p.value])
    else if (s.policy === 'never') there.push(p.value)
    else if (s.policy === 'replace') all.set(p.time, [p.value])
    else if (s.policy === 'equal' && !there.some((v) => Object.is(v, p.value))) there.push(p.value)
  }
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([at, vs]) => vs.map((v) => ({ time: at, value: v })))
}

const rows = (pages: Iterable<WindowColumns>): { time: bigint; count: bigint; min: number; max: number }[] =>
  [...pages].flatMap((page) =>
    Array.from(page.time, (at, i) => ({
      time: at,
      count: page.count[i] as bigint,
      min: page.min[i] as number,
      max: page.max[i] as number,
    })),
  )

function windowOf(list: readonly Point[], from: bigint, to: bigint): ReturnType<typeof rows>[number] {
  const values = list.filter((p) => p.time >= from && p.time < to).map((p) => p.value)
  if (values.length === 0) return { time: from, count: 0n, min: 0, max: 0 }
  const sorted = [...values].sort((a, b) => a - b)
  return {
    time: from,
    count: BigInt(values.length),
    min: sorted[0] as number,
    max: sorted[sorted.length - 1] as number,
  }
}

/** 0 and −0 are equal here: which of them is the least, nobody says. */
const same = (a: ReturnType<typeof rows>, b: ReturnType<typeof rows>): void =>
  expect(a.map((w) => ({ ...w, min: w.min + 0, max: w.max + 0 }))).toEqual(
    b.map((w) => ({ ...w, min: w.min + 0, max: w.max + 0 })),
  )

describe('the points of the fake BTrDB', () => {
  it('are those of a plain list, at every version', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const s = stream()
        const versions = new Map<bigint, readonly Point[]>([[s.version, []]])
        let list: readonly Point[] = []
        for (const one of steps) {
          const empty = one.kind === 'insert' && one.points.length === 0
          const before = s.version
          apply(s, one)
          expect(s.version).toBe(empty ? before : before + 1n)
          list = after(list, one)
          versions.set(s.version, list)
        }
        for (const [version, points] of versions)
          expect(pointsOf(s.snapshot(version).snapshot.columns())).toEqual(points)
      }),
      { numRuns: 60 },
    )
  })

  it('are counted, found and cut at any time as in a plain list', () => {
    fc.assert(
      fc.property(history, fc.array(time, { minLength: 2, maxLength: 8 }), (steps, times) => {
        const s = stream()
        for (const one of steps) apply(s, one)
        const list = steps.reduce(after, [])
        for (const at of times) {
          const index = s.latest.indexOf(at)
          expect(index).toBe(list.filter((p) => p.time < at).length)
          expect(s.latest.at(index)).toEqual(list.find((p) => p.time >= at))
          expect(s.latest.at(index - 1)).toEqual(list.findLast((p) => p.time < at))
          const end = s.latest.indexOf(at + 500n)
          expect(pointsOf(s.latest.columns(index, end))).toEqual(
            list.filter((p) => p.time >= at && p.time < at + 500n),
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('give windows on multiples of their width, before the epoch too', () => {
    fc.assert(
      fc.property(
        history,
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 50 }),
        (steps, k, page) => {
          const s = stream()
          for (const one of steps) apply(s, one)
          const list = steps.reduce(after, [])
          const width = 1n << BigInt(k)
          const [from, to] = [-(1n << 12n), 1n << 13n]
          const wanted = []
          for (let at = from; at < to; at += width) wanted.push(windowOf(list, at, at + width))
          same(
            rows(alignedWindows(s.latest, from, to, { k, page })),
            wanted.filter(({ count }) => count > 0n),
          )
        },
      ),
      { numRuns: 30 },
    )
  })

  it('give windows of any width from any start, with holes, up to the last point', () => {
    fc.assert(
      fc.property(history, time, fc.integer({ min: 37, max: 5000 }), (steps, from, wide) => {
        const s = stream()
        for (const one of steps) apply(s, one)
        const list = steps.reduce(after, [])
        const width = BigInt(wide)
        const to = from + 7000n
        const wanted = []
        for (let at = from; at + width <= to; at += width) wanted.push(windowOf(list, at, at + width))
        const last = wanted.findLastIndex(({ count }) => count > 0n)
        same(rows(preciseWindows(s.latest, from, to, { width, page: 17 })), wanted.slice(0, last + 1))
      }),
      { numRuns: 60 },
    )
  })

  it('tell their mean and the deviation from it', () => {
    const s = stream()
    s.insert(columnsOf([1, 2, 3, 6].map((v, i) => ({ time: BigInt(i), value: v }))), 'never', 0n)
    const [page] = alignedWindows(s.latest, 0n, 4n, { k: 2, page: 10 })
    expect(page?.mean[0]).toBe(3)
    expect(page?.stddev[0]).toBeCloseTo(Math.sqrt((4 + 1 + 0 + 9) / 4), 12)
  })

  it('changed within leaves of the tree, which hold all that was written or deleted', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 60 }), (steps, resolution) => {
        const s = stream()
        let list: readonly Point[] = []
        for (const one of steps) {
          const before = s.version
          const touched =
            one.kind === 'insert'
              ? one.points.map((p) => p.time)
              : list.filter((p) => p.time >= one.from && p.time < one.to).map((p) => p.time)
          apply(s, one)
          list = after(list, one)
          const ranges = s.changes(before, 0n, resolution)
          const outside = touched.filter((at) => !ranges.some(({ from, to }) => from <= at && at < to))
          expect(outside).toEqual([])
          for (const [i, { from, to }] of ranges.entries()) {
            expect(from < to).toBe(true)
            expect(i === 0 || (ranges[i - 1]?.to ?? 0n) < from).toBe(true)
          }
          if (touched.length === 0) expect(ranges).toEqual([])
        }
        expect(s.changes(s.version, s.version, 0)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('changed in 2^56 ns where there are few, in narrower leaves where there are many', () => {
    const s = stream()
    const spread = Array.from({ length: 5000 }, (_, i) => ({ time: BigInt(i) << 41n, value: i }))
    s.insert(columnsOf(spread.slice(0, 10)), 'never', 0n)
    expect(s.changes(0n, 0n, 0)).toEqual([{ from: 0n, to: 1n << 56n }])
    s.insert(columnsOf(spread.slice(10)), 'never', 0n)
    const before = s.version
    s.insert(columnsOf([{ time: 3n << 50n, value: 1 }]), 'never', 0n)
    expect(s.changes(before, 0n, 0)).toEqual([{ from: 3n << 50n, to: 4n << 50n }])
    expect(s.changes(before, 0n, 51)).toEqual([{ from: 2n << 50n, to: 4n << 50n }])
  })

  it('are refused as a whole when one is bad', () => {
    const s = stream()
    const good = { time: 1n, value: 1 }
    const bad: [Point, number][] = [
      [{ time: 2n, value: Number.NaN }, 425],
      [{ time: 2n, value: Infinity }, 425],
      [{ time: -(16n << 56n) - 1n, value: 1 }, 413],
      [{ time: (48n << 56n) - 1n, value: 1 }, 413],
    ]
    for (const [point, code] of bad)
      expect(() => s.insert(columnsOf([good, point]), 'never', 0n)).toThrow(expect.objectContaining({ code }))
    expect(s.latest.length).toBe(0)
    expect(s.version).toBe(10n)
  })

  it('lose the lowest bits where that is asked for', () => {
    expect([...rounded(Float64Array.of(1, 1 + 2 ** -52, 1 + 2 ** -50, -3.3), 2)]).toEqual([
      1,
      1,
      1 + 2 ** -50,
      expect.closeTo(-3.3, 14),
    ])
    expect(rounded(Float64Array.of(Number.MAX_VALUE), 30)[0]).toBe(Number.MAX_VALUE)
  })
})
