import { describe, expect, it } from 'vitest'
import { NTEnum, NTNDArray, NTScalar, NTTable, SharedPV, TypeDef, type NTScalarCode } from 'node-pvxs'
import { samples, type PvUpdate, type Sample } from 'node-pvxs/telemetry'
import { loopback, thrown } from '../unit/fixtures.js'

const stamp = (seconds: number, nanoseconds = 0) => ({
  secondsPastEpoch: BigInt(seconds),
  nanoseconds,
  userTag: 0,
})
const double = new NTScalar('float64', { display: true })
const update = (name: string, value: PvUpdate['value']): PvUpdate => ({ name, value })
const at = (value: number, seconds: number, severity = 0): PvUpdate =>
  update(
    'x',
    double.create({ value, alarm: { severity, status: 0, message: '' }, timeStamp: stamp(seconds) }),
  )
const values = (all: readonly Sample[]): unknown[] => all.map(({ value }) => value)

describe('samples', () => {
  it.each<[NTScalarCode, unknown]>([
    ['bool', true],
    ['int8', -128],
    ['int64', -(2n ** 63n)],
    ['uint64', 2n ** 64n - 1n],
    ['uint32', 4_294_967_295],
    ['float32', 1.5],
    ['float64', -0],
    ['string', 'a\nb'],
  ])('take a %s as it is', (code, value) => {
    const [sample] = samples()(update('x', new NTScalar(code).create({ value } as never)))
    expect(sample).toMatchObject({ series: { id: 'x', type: code }, value, severity: 0 })
  })

  it('take the type from the PV, never from the value', () => {
    expect(samples()(at(1, 1))[0]?.series.type).toBe('float64')
  })

  it('have units and description in the series, which stays one object until they change', () => {
    const of = samples()
    const full = (units: string) =>
      update('x', double.create({ value: 1, display: { units, description: 'd' }, timeStamp: stamp(1) }))
    const [a] = of(full('C'))
    const [b] = of(full('C'))
    const [c] = of(full('K'))
    expect(a?.series).toEqual({ id: 'x', type: 'float64', units: 'C', description: 'd' })
    expect(b?.series).toBe(a?.series)
    expect(c?.series).toEqual({ id: 'x', type: 'float64', units: 'K', description: 'd' })
  })

  it('carry nanoseconds of 10^9 and more, and replace a zero time stamp by the time of receipt', () => {
    const [carried] = samples()(update('x', double.create({ value: 1, timeStamp: stamp(1, 1_500_000_000) })))
    expect(carried?.time).toBe(2_500_000_000n)
    const before = BigInt(Date.now()) * 1_000_000n
    const of = samples()
    const [first] = of(update('x', double.create({ value: 1, timeStamp: stamp(0) })))
    const [second] = of(update('x', double.create({ value: 2, timeStamp: stamp(0) })))
    expect(first?.time).toBeGreaterThanOrEqual(before)
    expect(second?.time).toBeGreaterThan(first?.time as bigint)
  })

  it('take what was not asked for not as a zero', () => {
    const [sample] = samples()(update('x', double.create({ value: 5 })))
    expect(sample).toEqual({
      series: { id: 'x', type: 'float64' },
      time: sample?.time,
      value: 5,
      severity: 0,
    })
    expect(sample?.time).toBeGreaterThan(10n ** 18n)
  })

  it('give an alarm that changes alone, with the value as it is', () => {
    const of = samples()
    of(at(7, 1))
    const alarm = double.create({ alarm: { severity: 2, status: 3, message: 'HIHI' } })
    expect(of(update('x', alarm))[0]).toMatchObject({ value: 7, severity: 2, status: 3, message: 'HIHI' })
  })

  it('give nothing for an update that changes neither value nor alarm nor time', () => {
    const of = samples()
    of(at(7, 1))
    expect(of(update('x', double.create({ display: { units: 'K' } })))).toEqual([])
  })

  it.each([
    [-1, 4],
    [0, 0],
    [4, 4],
    [5, 4],
    [99, 4],
  ])('take severity %d as %d', (severity, known) => {
    expect(samples()(at(1, 1, severity))[0]?.severity).toBe(known)
  })

  it('take enums by index with their choices, or by label', () => {
    const mode = new NTEnum().create({ value: { index: 1, choices: ['Off', 'On'] } })
    expect(samples()(update('m', mode))[0]).toMatchObject({
      series: { id: 'm', type: 'enum', choices: ['Off', 'On'] },
      value: 1,
    })
    expect(samples({ enums: 'label' })(update('m', mode))[0]).toMatchObject({
      series: { id: 'm', type: 'string' },
      value: 'On',
    })
  })

  it('follow a PV that changes its type', () => {
    const of = samples()
    of(at(1.5, 1))
    const [sample] = of(update('x', new NTScalar('string').create({ value: 'now text' })))
    expect(sample).toMatchObject({ series: { id: 'x', type: 'string' }, value: 'now text' })
  })

  it('give one sample without a value for a disconnect', () => {
    const of = samples()
    expect(of(update('x', null))).toEqual([])
    of(at(1, 1))
    expect(of(update('x', null))).toMatchObject([{ series: { id: 'x' }, value: null, severity: 4 }])
  })

  it('say once per PV what they skip', () => {
    const told: string[][] = []
    const of = samples({ onSkipped: (...args) => told.push(args) })
    const table = new NTTable({ a: 'float64' }).create({})
    expect([
      of(update('t', table)),
      of(update('t', table)),
      of(update('i', new NTNDArray().create({}))),
    ]).toEqual([[], [], []])
    of(update('u', new TypeDef('struct', { other: 'int32' }).create({ other: 1 })))
    expect(told.map(([name]) => name)).toEqual(['t', 'i', 'u'])
  })
})

describe('arrays', () => {
  const wave = (value: number[], code: 'float64[]' | 'int64[]' | 'string[]' = 'float64[]') =>
    update('w', new NTScalar(code).create({ value: value as never, timeStamp: stamp(5) }))

  it('are samples as they are', () => {
    expect(samples()(wave([1, 2]))[0]).toMatchObject({
      series: { id: 'w', type: 'float64[]' },
      value: Float64Array.of(1, 2),
    })
  })

  it('are five figures with stats, one for an empty array', () => {
    const of = samples({ arrays: 'stats' })
    expect(of(wave([1, 2, 3, 6])).map(({ series, value }) => [series.id, value])).toEqual([
      ['w.min', 1],
      ['w.max', 6],
      ['w.mean', 3],
      ['w.std', Math.sqrt(14 / 3)],
      ['w.n', 4],
    ])
    expect(of(wave([])).map(({ series, value }) => [series.id, value])).toEqual([['w.n', 0]])
    expect(of(wave([5])).find(({ series }) => series.id === 'w.std')?.value).toBe(0)
  })

  it('are a series per element with expand, up to maxElements', () => {
    const told: string[] = []
    const of = samples({ arrays: 'expand', maxElements: 2, onSkipped: (_, reason) => told.push(reason) })
    expect(of(wave([7, 8, 9])).map(({ series, value }) => [series.id, series.type, value])).toEqual([
      ['w[0]', 'float64', 7],
      ['w[1]', 'float64', 8],
    ])
    expect(told).toHaveLength(1)
  })

  it('of texts have no stats, and with skip none of them is taken', () => {
    const told: string[] = []
    const onSkipped = (name: string): void => void told.push(name)
    const texts = update('s', new NTScalar('string[]').create({ value: ['a'] }))
    expect(samples({ arrays: 'stats', onSkipped })(texts)).toEqual([])
    expect(samples({ arrays: 'skip', onSkipped })(wave([1]))).toEqual([])
    expect(told).toEqual(['s', 'w'])
  })
})

describe('a deadband', () => {
  it('is measured from the sample given last', () => {
    const of = samples({ deadband: 1 })
    expect([0, 0.6, 1.2, 1.8, 2.3].flatMap((value, i) => values(of(at(value, i + 1))))).toEqual([0, 1.2, 2.3])
  })

  it('lets alarms and steps to and from NaN pass', () => {
    const of = samples({ deadband: 100 })
    const given = [at(1, 1), at(1, 2, 2), at(1, 3, 2), at(NaN, 4, 2), at(NaN, 5, 2), at(1, 6, 2)].flatMap(
      (u) => values(of(u)),
    )
    expect(given).toEqual([1, 1, NaN, 1])
  })

  it('may be a function, a fraction, and have a heartbeat', () => {
    const twice = samples({ deadband: (prev, next) => (next.value as number) >= 2 * (prev.value as number) })
    expect([1, 1.5, 2, 3, 4].flatMap((v, i) => values(twice(at(v, i + 1))))).toEqual([1, 2, 4])
    const relative = samples({ relative: 0.5 })
    expect([10, 14, 16, 20, 25].flatMap((v, i) => values(relative(at(v, i + 1))))).toEqual([10, 16, 25])
    const beat = samples({ deadband: 100, every: 2000 })
    expect(
      [1, 1, 1, 1, 1].flatMap((v, i) => beat(at(v, i + 1)).map(({ time }) => time / 1_000_000_000n)),
    ).toEqual([1n, 3n, 5n])
  })
})

it.each([
  [{ arrays: 'some' }, /arrays/],
  [{ deadband: -1 }, /deadband/],
  [{ deadband: NaN }, /deadband/],
  [{ every: 0 }, /every/],
  [{ maxElements: 0 }, /maxElements/],
  [{ time: 'now' }, /time/],
  [{ enums: 1 }, /enums/],
  [{ onSkipped: 'x' }, /onSkipped/],
  [{ deadBand: 1 }, /deadBand/],
  [5, /options/],
])('wrong options throw: %o', (options, complaint) => {
  expect(thrown(() => samples(options as never)).message).toMatch(complaint)
})

it.each([null, {}, { name: 5, value: null }, { name: 'x' }, { name: 'x', value: 5 }])(
  '%o is not an update',
  (update) => {
    expect(() => samples()(update as never)).toThrow(expect.objectContaining({ code: 'ERR_PVA_ARGUMENT' }))
  },
)

it('works on the updates of a real monitor', async () => {
  const pv = SharedPV.mailbox(new NTScalar('float64'), { value: 1 })
  await using it = await loopback({ x: pv })
  const of = samples()
  const seen: Sample[] = []
  for await (const u of it.ctx.monitorAll(['x'], { fields: ['value'] })) {
    seen.push(...of(u))
    if (seen.length === 2) break
    pv.post({ value: 2, alarm: { severity: 2 } })
  }
  expect(seen).toMatchObject([
    { value: 1, severity: 0 },
    { value: 2, severity: 0 },
  ])
  expect(seen.every((sample) => !('status' in sample) && sample.time > 10n ** 18n)).toBe(true)
})
