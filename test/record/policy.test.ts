// Which samples are recorded: deadbands, periods and repeats, against a plain model and a clock that is advanced by hand.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sample, Series } from 'node-pvxs/telemetry'
import { SeriesPolicy, type Pace } from '../../lib-ts/record/policy/series-policy.js'
import { Timetable } from '../../lib-ts/record/policy/timetable.js'
import { FakeClock } from './fake-clock.js'

const series: Series = { id: 'x', type: 'float64' }

interface Given {
  readonly at: number
  readonly sample: Sample
}

class Stage {
  readonly clock = new FakeClock()
  readonly times = new Timetable(this.clock)
  readonly given: Given[] = []
  withheldCount = 0
  taken = 0
  connected = true
  readonly policy: SeriesPolicy

  constructor(pace: Pace) {
    this.policy = new SeriesPolicy(
      this.times,
      {
        give: (sample) => this.given.push({ at: this.clock.now(), sample }),
        withheld: () => {
          this.withheldCount++
        },
        isConnected: () => this.connected,
      },
      pace,
    )
  }

  take(value: number | null, severity: Sample['severity'] = 0): Sample {
    const sample: Sample = { series, time: BigInt(++this.taken), value, severity }
    this.policy.take(sample)
    return sample
  }

  get values(): unknown[] {
    return this.given.map(({ sample }) => sample.value)
  }
}

describe('a policy', () => {
  it('withholds what is within the deadband of the last sample recorded', () => {
    const stage = new Stage({ deadband: 1 })
    for (const value of [0, 0.5, 1, 1.5, 1, 2.6, 2.6]) stage.take(value)
    expect(stage.values).toEqual([0, 1.5, 2.6])
    expect(stage.withheldCount).toBe(4)
  })

  it('records at most one sample in minPeriod, and the newest at its end', () => {
    const stage = new Stage({ minPeriod: 1_000 })
    stage.take(1)
    stage.clock.advance(400)
    stage.take(2)
    stage.clock.advance(400)
    stage.take(3)
    expect(stage.values).toEqual([1])
    stage.clock.advance(199)
    expect(stage.values).toEqual([1])
    stage.clock.advance(1)
    expect(stage.given.map(({ at, sample }) => [at, sample.value])).toEqual([
      [0, 1],
      [1_000, 3],
    ])
    stage.clock.advance(10_000)
    expect(stage.given).toHaveLength(2)
    expect(stage.withheldCount).toBe(1)
  })

  it('repeats the newest value when nothing was recorded for so long, with the time of receipt', () => {
    const stage = new Stage({ every: 1_000, deadband: 1 })
    stage.take(5)
    stage.clock.advance(900)
    stage.take(5.5)
    stage.clock.advance(100)
    expect(stage.given.map(({ at, sample }) => [at, sample.value])).toEqual([
      [0, 5],
      [1_000, 5.5],
    ])
    expect(Math.abs(Number((stage.given[1]?.sample.time ?? 0n) / 1_000_000n) - Date.now())).toBeLessThan(
      60_000,
    )
    stage.clock.advance(3_000)
    expect(stage.given.map(({ at }) => at)).toEqual([0, 1_000, 2_000, 3_000, 4_000])
  })

  it('repeats nothing while it is disconnected, and goes on when it is back', () => {
    const stage = new Stage({ every: 1_000 })
    stage.take(5)
    stage.connected = false
    stage.clock.advance(5_500)
    expect(stage.values).toEqual([5])
    stage.connected = true
    stage.take(6)
    stage.clock.advance(1_000)
    expect(stage.values).toEqual([5, 6, 6])
  })

  it('acts on a change of the pace at once', () => {
    const stage = new Stage({ minPeriod: 10_000 })
    stage.take(1)
    stage.take(2)
    stage.policy.pace = { minPeriod: 500 }
    stage.clock.advance(500)
    expect(stage.values).toEqual([1, 2])
    stage.policy.pace = { every: 100 }
    stage.clock.advance(100)
    expect(stage.values).toEqual([1, 2, 2])
    stage.policy.pace = {}
    stage.clock.advance(10_000)
    expect(stage.values).toEqual([1, 2, 2])
  })

  it('gives what waits at its end', () => {
    const stage = new Stage({ minPeriod: 10_000, every: 20_000 })
    stage.take(1)
    stage.take(2)
    stage.policy.end()
    stage.clock.advance(100_000)
    expect(stage.values).toEqual([1, 2])
  })
})

interface Step {
  readonly wait: number
  readonly value: number | null
  readonly severity: Sample['severity']
}

const anyPace: fc.Arbitrary<Pace> = fc.record(
  {
    deadband: fc.constantFrom(0, 0.5, 2),
    minPeriod: fc.integer({ min: 1, max: 50 }),
    every: fc.integer({ min: 50, max: 200 }),
  },
  { requiredKeys: [] },
)
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 60 }),
    value: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.constantFrom(NaN, null)),
    severity: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0 as const) },
      fc.constantFrom(1 as const, 2 as const),
    ),
  }),
  { maxLength: 60 },
)

const numbered = (x: Sample['value']): boolean => x !== null && !Number.isNaN(x)
const urgent = (a: Sample, b: Sample): boolean =>
  a.severity !== b.severity || numbered(a.value) !== numbered(b.value)

function isWithin(a: Sample['value'], b: Sample['value'], band: number): boolean {
  return numbered(a) && numbered(b) ? Math.abs((a as number) - (b as number)) <= band : Object.is(a, b)
}

/** Millisecond by millisecond, without a timer: what a policy promises. */
function model(
  { deadband, minPeriod = 0, every }: Pace,
  steps: readonly Step[],
  after: number,
): [number, unknown][] {
  const out: [number, unknown][] = []
  let now = 0
  let last: Sample | undefined
  let lastAt = -Infinity
  let waiting: Sample | undefined
  let newest: Sample | undefined
  const give = (sample: Sample): void => {
    waiting = undefined
    last = sample
    lastAt = now
    out.push([now, sample.value])
  }
  const tick = (): void => {
    now++
    if (waiting !== undefined) {
      if (now >= lastAt + minPeriod) give(waiting)
    } else if (every !== undefined && last !== undefined && now >= lastAt + every) {
      if (newest !== undefined && newest.value !== null) give(newest)
      else lastAt = now
    }
  }
  for (const { wait, value, severity } of steps) {
    for (let k = 0; k < wait; k++) tick()
    const sample: Sample = { series, time: 0n, value, severity }
    newest = sample
    if (last === undefined || urgent(last, sample)) give(sample)
    else if (deadband !== undefined && isWithin(last.value, value, deadband)) waiting = undefined
    else if (now < lastAt + minPeriod) waiting = sample
    else give(sample)
  }
  for (let k = 0; k < after; k++) tick()
  return out
}

describe('any sequence of samples', () => {
  it('is recorded as the model says', () => {
    fc.assert(
      fc.property(anyPace, anySteps, (pace, steps) => {
        const stage = new Stage(pace)
        for (const { wait, value, severity } of steps) {
          stage.clock.advance(wait)
          stage.take(value, severity)
        }
        stage.clock.advance(300)
        expect(stage.given.map(({ at, sample }) => [at, sample.value])).toEqual(model(pace, steps, 300))
      }),
      { numRuns: 1_000 },
    )
  })

  it('never has two samples within minPeriod but for an alarm, loses no final value, withholds no alarm', () => {
    fc.assert(
      fc.property(anyPace, anySteps, (pace, steps) => {
        const { minPeriod = 0, deadband } = pace
        const stage = new Stage(pace)
        for (const { wait, value, severity } of steps) {
          stage.clock.advance(wait)
          const before = stage.given.at(-1)?.sample
          const sample = stage.take(value, severity)
          if (before === undefined || urgent(before, sample)) expect(stage.given.at(-1)?.sample).toBe(sample)
        }
        stage.clock.advance(100)
        for (const [i, { at, sample }] of stage.given.entries()) {
          const before = stage.given[i - 1]
          if (before === undefined || urgent(before.sample, sample)) continue
          expect(at - before.at).toBeGreaterThanOrEqual(minPeriod)
        }
        const final = steps.at(-1)?.value
        const recorded = stage.given.at(-1)?.sample.value
        if (typeof final === 'number' && typeof recorded === 'number' && !Number.isNaN(final))
          expect(Math.abs(recorded - final)).toBeLessThanOrEqual(deadband ?? 0)
        else expect(recorded).toEqual(final)
      }),
      { numRuns: 1_000 },
    )
  })
})
