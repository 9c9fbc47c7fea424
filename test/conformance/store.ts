// What every Sink and every History keeps to. A historian's test hands in a store and says what it cannot hold:
//
//   describe('the sink', () => storeConformance(async () => ({ sink, history, close }), { … }))
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { History, Sample, Series, Sink, SinkError, Window } from 'node-pvxs/telemetry'
import { Batcher } from 'node-pvxs/telemetry'

/** A sink, and the history of what it writes. Ids may be anything the store takes: the suite makes them. */
export interface Store {
  readonly sink: Sink
  readonly history: History
  close(): Promise<void>
}

export interface StoreAbilities {
  /** Series types that samples of come back exactly; the others are not tried. */
  readonly types: readonly Series['type'][]
  /** Whether samples without a value come back. */
  readonly nulls: boolean
  /** Whether NaN comes back, and not as no value. */
  readonly nans?: boolean
  /** ns that times are exact to. */
  readonly resolution: bigint
  /** Whether `units`, `description` and `choices` come back. */
  readonly metadata: boolean
  /** What comes back of a severity; the same, when this is not said. */
  readonly severity?: (severity: Sample['severity']) => Sample['severity']
  /** What an id is called in the store; the same, when this is not said. */
  readonly name?: (id: string) => string
  /** Resolves when what was written can be read. */
  readonly settled?: () => Promise<void>
}

const T0 = 1_700_000_000_000_000_000n
const SECOND = 1_000_000_000n

/** Values that show whether a type is kept, extremes among them. */
const VALUES: Partial<Record<Series['type'], readonly Sample['value'][]>> = {
  float64: [0, -0, 1, 1.5, -2.25, 5e-324, 1.797_693_134_862_315_7e308, 0.1, 1e21, -1e-7],
  float32: [0, 1.5, -3.402_823_466_385_288_6e38],
  int8: [-128, 0, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 0, 2_147_483_647],
  int64: [-9_223_372_036_854_775_808n, 0n, 9_007_199_254_740_993n, 9_223_372_036_854_775_807n],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  uint64: [0n, 9_223_372_036_854_775_807n],
  bool: [true, false, true],
  string: ['', 'plain', 'two\nlines', 'tab\t"quoted" back\\slash', 'żółć 🚀', `it's`, 'a,b=c d', '\0'],
  enum: [0, 1, 1, 0],
}

export function storeConformance(open: () => Promise<Store>, can: StoreAbilities): void {
  let store: Store
  let made = 0
  const settled = can.settled ?? (() => Promise.resolve())
  const severityOf = can.severity ?? ((severity) => severity)
  const nameOf = can.name ?? ((name) => name)
  /** An id of its own for each test. */
  const id = (name = 'pv'): string => `conf:${Date.now().toString(36)}:${name}:${made++}`
  const series = (type: Series['type'], name?: string, more: Partial<Series> = {}): Series => ({
    id: id(name),
    type,
    ...(type === 'enum' ? { choices: ['Off', 'On'] } : {}),
    ...more,
  })
  const sampleOf = (s: Series, i: number, value: Sample['value'], more: Partial<Sample> = {}): Sample => ({
    series: s,
    time: T0 + BigInt(i) * SECOND,
    value,
    severity: 0,
    ...more,
  })
  const write = async (samples: readonly Sample[]): Promise<void> => {
    expect(await store.sink.write(samples)).toEqual({ written: samples.length, rejected: [] })
    await settled()
  }
  const range = { from: T0, to: T0 + 1_000_000n * SECOND }
  const read = async (s: Series, more: object = {}): Promise<Sample[]> => {
    const all: Sample[] = []
    for await (const batch of store.history.read(s.id, { ...range, ...more })) all.push(...batch)
    return all
  }

  beforeAll(async () => {
    store = await open()
  })
  afterAll(() => store.close())

  it.each(can.types)('gives samples of type %s back as they were', async (type) => {
    const s = series(type)
    const samples = (VALUES[type] ?? []).map((value, i) => sampleOf(s, i, value))
    expect(samples.length).toBeGreaterThan(0)
    await write(samples)
    const back = await read(s)
    expect(back.map(({ value }) => value)).toEqual(samples.map(({ value }) => value))
    expect(back.map(({ time }) => time)).toEqual(samples.map(({ time }) => time))
    expect(new Set(back.map((sample) => sample.series.type))).toEqual(new Set([type]))
  })

  it('takes every type in one batch, in any order', async () => {
    const all = can.types.flatMap((type) => {
      const s = series(type)
      return (VALUES[type] ?? []).map((value, i) => sampleOf(s, i, value))
    })
    const shuffled = all.map((sample, i) => [(i * 7919) % all.length, sample] as const)
    await write(shuffled.sort(([a], [b]) => a - b).map(([, sample]) => sample))
    for (const s of new Set(all.map((sample) => sample.series)))
      expect((await read(s)).map(({ value }) => value)).toEqual(VALUES[s.type])
  })

  it('keeps the alarm', async () => {
    const s = series('float64')
    const severities = [0, 1, 2, 3, 4] as const
    await write(severities.map((severity) => sampleOf(s, severity, severity, { severity })))
    expect((await read(s)).map(({ severity }) => severity)).toEqual(severities.map(severityOf))
  })

  if (can.nulls)
    it('keeps samples without a value', async () => {
      const s = series('float64')
      await write([
        sampleOf(s, 0, 1),
        sampleOf(s, 1, null, { severity: 4 }),
        sampleOf(s, 2, NaN, { severity: 3 }),
      ])
      expect((await read(s)).map(({ value, severity }) => [value, severity])).toEqual([
        [1, 0],
        [null, 4],
        [can.nans === true ? NaN : null, 3],
      ])
    })

  it('keeps times to its resolution', async () => {
    const s = series('float64')
    const steps = [0n, 1n, 2n, 7n, 999n].map((n) => n * can.resolution)
    await write(steps.map((step, i) => ({ ...sampleOf(s, 0, i), time: T0 + step })))
    expect((await read(s)).map(({ time }) => time - T0)).toEqual(steps)
  })

  it('stores a sample that is written twice once', async () => {
    const s = series('float64')
    const samples = [sampleOf(s, 0, 1), sampleOf(s, 1, 2)]
    await write(samples)
    await write(samples)
    expect(await read(s)).toHaveLength(2)
  })

  it('copes with writes at the same time', async () => {
    const s = series('float64')
    const batches = Array.from({ length: 8 }, (_, k) =>
      Array.from({ length: 50 }, (_, i) => sampleOf(s, k * 50 + i, k * 50 + i)),
    )
    await Promise.all(batches.map((batch) => write(batch)))
    expect((await read(s)).map(({ value }) => value)).toEqual(Array.from({ length: 400 }, (_, i) => i))
  })

  if (can.metadata)
    it('gives units, description and choices back, and their changes', async () => {
      const s = series('float64', 'm', { units: 'C', description: 'the "north" hall' })
      const later: Series = { ...s, units: 'K' }
      await write([sampleOf(s, 0, 1), sampleOf(s, 1, 2), sampleOf(later, 2, 3)])
      expect((await read(s)).map((sample) => sample.series)).toEqual([s, s, later])
      const mode = series('enum', 'e', { choices: ['Off', 'On', 'a "b", c'] })
      await write([sampleOf(mode, 0, 2)])
      expect((await read(mode))[0]?.series).toEqual(mode)
    })

  it('reads from `from` on, up to and without `to`, in both orders, and at most `limit`', async () => {
    const s = series('float64')
    await write(Array.from({ length: 20 }, (_, i) => sampleOf(s, i, i)))
    const values = async (more: object): Promise<unknown[]> => (await read(s, more)).map(({ value }) => value)
    expect(await values({ from: T0 + 5n * SECOND, to: T0 + 8n * SECOND })).toEqual([5, 6, 7])
    expect(await values({ limit: 3 })).toEqual([0, 1, 2])
    expect(await values({ limit: 3, order: 'desc' })).toEqual([19, 18, 17])
    expect(await values({ from: T0 + 8n * SECOND, to: T0 + 5n * SECOND })).toEqual([])
    expect(await values({ from: T0 + 8n * SECOND, to: T0 + 8n * SECOND })).toEqual([])
    await expect(values({ limit: 0 })).rejects.toThrow(/limit/)
  })

  it('takes times as bigint, as decimal text, as Date, and as ISO text', async () => {
    const s = series('float64')
    await write([sampleOf(s, 0, 1)])
    const to = new Date('2023-11-14T22:13:21Z')
    for (const from of [
      T0,
      String(T0),
      new Date(1_700_000_000_000),
      '2023-11-14T22:13:20.000000000Z',
      '2023-11-14T23:13:20+01:00',
    ])
      expect(await read(s, { from, to })).toHaveLength(1)
    await expect(read(s, { from: 'yesterday' })).rejects.toThrow(/yesterday/)
  })

  it('gives nothing for a series nobody knows', async () => {
    const s = series('float64')
    expect(await read(s)).toEqual([])
    expect(await store.history.at([s.id], T0)).toEqual([null])
    const windows: Window[] = []
    for await (const batch of store.history.windows(s.id, range, SECOND)) windows.push(...batch)
    expect(windows).toEqual([])
  })

  it('reads more than one page, in order and each sample once', async () => {
    const s = series('int32')
    const count = 25_000
    for (let at = 0; at < count; at += 5000)
      await write(
        Array.from({ length: 5000 }, (_, i) => ({
          ...sampleOf(s, 0, at + i),
          time: T0 + BigInt(at + i) * 1_000_000n,
        })),
      )
    const forwards = (await read(s)).map(({ value }) => value)
    expect(forwards).toEqual(Array.from({ length: count }, (_, i) => i))
    expect((await read(s, { order: 'desc', limit: 15_000 })).map(({ value }) => value)).toEqual(
      Array.from({ length: 15_000 }, (_, i) => count - 1 - i),
    )
  })

  it('computes windows on multiples of their width', async () => {
    const s = series('float64')
    await write([0, 1, 2, 3, 10, 11].map((i) => sampleOf(s, i, i)))
    const width = 4n * SECOND
    const all: Window[] = []
    for await (const batch of store.history.windows(
      s.id,
      { from: T0 + SECOND, to: T0 + 11n * SECOND },
      width,
    ))
      all.push(...batch)
    expect(
      all.map(({ time, width: w, min, max, mean, count }) => ({ time: time - T0, w, min, max, mean, count })),
    ).toEqual([
      { time: 0n, w: width, min: 1, max: 3, mean: 2, count: 3 },
      { time: 8n * SECOND, w: width, min: 10, max: 10, mean: 10, count: 1 },
    ])
    expect(all[0]?.stddev).toBeCloseTo(1, 12)
    expect(all[1]?.stddev).toBe(undefined)
  })

  it('finds the newest sample at or before a time, in the order asked', async () => {
    const a = series('float64', 'a')
    const b = series('int32', 'b')
    await write([sampleOf(a, 0, 1), sampleOf(a, 2, 2), sampleOf(b, 1, 7)])
    const at = await store.history.at([b.id, 'conf:nobody', a.id, a.id], T0 + SECOND + 1n)
    expect(at.map((sample) => sample?.value ?? null)).toEqual([7, null, 1, 1])
    expect((await store.history.at([a.id], T0 + 2n * SECOND))[0]?.value).toBe(2)
    expect(await store.history.at([a.id], T0 - 1n)).toEqual([null])
    expect(await store.history.at([], T0)).toEqual([])
  })

  it('finds series by glob and by RegExp, sorted', async () => {
    const prefix = id('find')
    const made = ['b', 'a', 'c?'].map((name): Series => ({ id: `${prefix}.${name}`, type: 'float64' }))
    await write(made.map((s) => sampleOf(s, 0, 1)))
    const found = async (pattern: string | RegExp): Promise<string[]> => {
      const ids: string[] = []
      for await (const s of store.history.find(pattern)) ids.push(s.id.slice(prefix.length))
      return ids
    }
    expect(await found(`${prefix}*`)).toEqual(['.a', '.b', '.c?'].map(nameOf))
    expect(await found(`${prefix}.?`)).toEqual(['.a', '.b'])
    expect(await found(`${prefix}.a`)).toEqual(['.a'])
    expect(await found(prefix)).toEqual([])
    expect(await found(new RegExp(`${prefix}\\.[ab]$`))).toEqual(['.a', '.b'])
  })

  it('refuses what is not a sample, and takes those beside it', async () => {
    const s = series('float64')
    const bad = [null, 5, {}, { ...sampleOf(s, 0, 1), time: 5 }, { ...sampleOf(s, 0, 1), severity: 9 }]
    const wrong = [sampleOf(s, 1, 'text'), sampleOf(series('int32'), 1, 1.5), sampleOf(series('bool'), 1, 1)]
    const batch = [sampleOf(s, 5, 5), ...bad, ...wrong, sampleOf(s, 6, 6)] as Sample[]
    const { written, rejected } = await store.sink.write(batch)
    await settled()
    expect(rejected.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const { reason } of rejected) expect(reason.length).toBeGreaterThan(5)
    expect(written).toBe(2)
    expect((await read(s)).map(({ value }) => value)).toEqual([5, 6])
  })

  it('takes an empty batch', async () => {
    expect(await store.sink.write([])).toEqual({ written: 0, rejected: [] })
  })

  it('rejects a write whose signal is aborted, with its reason', async () => {
    const reason = new Error('enough')
    await expect(
      store.sink.write([sampleOf(series('float64'), 0, 1)], { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })

  it('serves a Batcher', async () => {
    const s = series('float64')
    const failures: (Error | SinkError)[] = []
    await using batcher = new Batcher(store.sink, { maxItems: 100, onError: (error) => failures.push(error) })
    for (let i = 0; i < 1000; i++) await batcher.push([sampleOf(s, i, i)])
    await batcher.flush()
    await settled()
    expect(failures).toEqual([])
    expect(batcher.stats).toMatchObject({ pushed: 1000, written: 1000, buffered: 0 })
    expect(await read(s)).toHaveLength(1000)
  })
}
