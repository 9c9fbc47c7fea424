// PVs into BTrDB and back: what the common conformance does not ask.
import { describe, expect, it } from 'vitest'
import { NTScalar } from 'node-pvxs'
import { pvUuid } from 'node-pvxs/btrdb'
import type { PvUpdate, Sample, Series, SinkError } from 'node-pvxs/telemetry'
import { clientOf, collected, failure, lab, uuid } from './device.js'

const T = 1_700_000_000_000_000_000n
const RANGE = { from: T, to: T + 1_000_000_000_000n }
const sample = (series: Series, i: number, value: Sample['value'], more: Partial<Sample> = {}): Sample => ({
  series,
  time: T + BigInt(i),
  value,
  severity: 0,
  ...more,
})
const temperature: Series = { id: 'lab:ps1:current', type: 'float64', units: 'A', description: 'of "one"' }

describe('a sink', () => {
  it('makes the stream of a PV where it belongs', async () => {
    const { fake, db } = await lab()
    const sink = db.sink()
    await sink.write([sample(temperature, 1, 5)])
    await sink.close()
    expect(fake.streams).toHaveLength(1)
    const stream = await db.stream('pva/lab/ps1/current')
    expect(stream).toMatchObject({
      uuid: pvUuid('lab:ps1:current'),
      tags: { name: 'current', unit: 'A', ingress: 'node-pvxs' },
      annotations: { pv: 'lab:ps1:current', type: 'float64', description: 'of "one"' },
    })
    expect(fake.calls.map(({ rpc }) => rpc)).toContain('Flush')
    const modes: Series = { id: 'mode', type: 'enum', choices: ['Off', 'On'] }
    await db.sink({ root: 'x', flush: 'write' }).write([sample(modes, 1, 1)])
    expect((await db.stream('x/mode')).annotations).toMatchObject({ choices: ['Off', 'On'] })
    const own = db.sink({ place: ({ id }) => ({ collection: 'own', name: id }), namespace: uuid() })
    await own.write([sample(temperature, 1, 1)])
    expect((await db.stream('own/lab:ps1:current')).uuid).not.toBe(pvUuid('lab:ps1:current'))
  })

  it('rejects what BTrDB cannot hold, and writes the rest', async () => {
    const { db } = await lab()
    const integers: Series = { id: 'i', type: 'int64' }
    const texts: Series = { id: 't', type: 'string' }
    const { written, rejected } = await db
      .sink()
      .write([
        sample(temperature, 1, 1),
        sample(temperature, 2, NaN),
        sample(temperature, 3, -Infinity),
        sample(integers, 1, 2n ** 53n),
        sample(integers, 2, 2n ** 53n + 1n),
        sample(texts, 1, 'x'),
        sample(temperature, 4, null),
        { ...sample(temperature, 0, 1), time: 2n ** 62n },
      ])
    expect(rejected.map(({ index }) => index)).toEqual([1, 2, 4, 5, 7])
    expect(written).toBe(3)
    const samples = (await collected(db.history().read('i', RANGE))).flat()
    expect(samples.map(({ value }) => value)).toEqual([2n ** 53n])
  })

  it('writes an array as one stream for each element', async () => {
    const { db } = await lab()
    const wave: Series = { id: 'lab:wave', type: 'int32[]', units: 'V' }
    const sink = db.sink()
    await sink.write([sample(wave, 1, Int32Array.of(1, 2)), sample(wave, 2, Int32Array.of(3, 4, 5))])
    const of = async (i: number): Promise<unknown[]> =>
      (await collected(db.history().read(`lab:wave[${i}]`, RANGE))).flat().map(({ value }) => value)
    expect([await of(0), await of(1), await of(2)]).toEqual([[1, 3], [2, 4], [5]])
    const { rejected } = await sink.write([sample({ id: 's', type: 'string[]' }, 1, ['a'])])
    expect(rejected).toHaveLength(1)
  })

  it('keeps the last of samples of one time, and repeats without a change', async () => {
    const { fake, db } = await lab()
    const batch = [sample(temperature, 1, 1), sample(temperature, 1, 2), sample(temperature, 2, 3)]
    const sink = db.sink()
    for (let i = 0; i < 3; i++) expect(await sink.write(batch)).toEqual({ written: 3, rejected: [] })
    expect(fake.streams[0]?.count).toBe(2)
    expect((await db.history().at(['lab:ps1:current'], T + 1n))[0]?.value).toBe(2)
  })

  it('changes the unit of the stream when that of the PV changes', async () => {
    const { db } = await lab()
    const sink = db.sink()
    await sink.write([sample(temperature, 1, 1)])
    await sink.write([sample({ ...temperature, units: 'mA' }, 2, 1)])
    const stream = await db.stream('lab:ps1:current')
    expect(stream).toMatchObject({ unit: 'mA', name: 'current', annotations: { description: 'of "one"' } })
  })

  it('leaves a name that is taken alone, unless it may adopt the stream', async () => {
    const { fake, db } = await lab()
    const other = await db.create(uuid(), 'pva/lab/ps1', { name: 'current', unit: 'A', ingress: 'node-pvxs' })
    const good: Series = { id: 'lab:good', type: 'float64' }
    const batch = [sample(temperature, 1, 1), sample(good, 1, 2)]
    const { written, rejected } = await db.sink().write(batch)
    expect({ written, rejected }).toMatchObject({ written: 1, rejected: [{ index: 0 }] })
    expect(rejected[0]?.reason).toContain(other.uuid)
    expect(await db.sink({ adopt: true }).write(batch)).toEqual({ written: 2, rejected: [] })
    expect(fake.streams.find(({ uuid }) => uuid === other.uuid)?.count).toBe(1)
    expect((await collected(db.history().read('lab:ps1:current', RANGE))).flat()).toHaveLength(1)
  })

  it('makes a stream once, however many writers there are', async () => {
    const { fake, db } = await lab()
    const more = await Promise.all(Array.from({ length: 4 }, () => clientOf(fake)))
    const results = await Promise.all(
      [db, ...more].flatMap((one, i) => {
        const sink = one.sink()
        return [sink.write([sample(temperature, i, i)]), sink.write([sample(temperature, i + 10, i)])]
      }),
    )
    expect(results.every(({ rejected }) => rejected.length === 0)).toBe(true)
    expect(fake.streams).toHaveLength(1)
    expect(fake.streams[0]?.count).toBe(10)
  })

  it('makes a stream again that went missing', async () => {
    const { fake, db } = await lab()
    const sink = db.sink()
    await sink.write([sample(temperature, 1, 1)])
    fake.clear()
    expect(await sink.write([sample(temperature, 2, 2)])).toEqual({ written: 1, rejected: [] })
    expect(fake.streams[0]?.count).toBe(1)
    await (await db.stream('lab:ps1:current')).obliterate()
    const { rejected } = await sink.write([sample(temperature, 3, 3)])
    expect(rejected[0]?.reason).toMatch(/used|obliterated|reused|429/i)
  })

  it.each([
    ['UNAVAILABLE', { grpc: 'UNAVAILABLE' }],
    ['405', { code: 405 }],
    ['419', { code: 419 }],
    ['426', { code: 426 }],
    ['459', { code: 459 }],
  ] as const)(
    'fails so that it may be tried again by %s, and not by what a series cannot',
    async (_, fault) => {
      const { fake, db } = await lab({ retry: false })
      const sink = db.sink()
      fake.fail('Insert', fault)
      const error = (await failure(sink.write([sample(temperature, 1, 1)]))) as unknown as SinkError
      expect(error).toMatchObject({ name: 'SinkError', retryable: true, code: 'ERR_BTRDB_UNAVAILABLE' })
      fake.fail('Insert', { code: 403, message: 'disk' })
      expect((await sink.write([sample(temperature, 1, 1)])).rejected).toEqual([
        { index: 0, reason: 'disk (403)' },
      ])
    },
  )

  it('is closed for good', async () => {
    const { db } = await lab()
    const sink = db.sink()
    await sink.close()
    await sink.close()
    expect((await failure(sink.write([]))).code).toBe('ERR_BTRDB_CLOSED')
    for (const bad of [
      { merge: 'REPLACE' },
      { namespace: 'x' },
      { flush: 'never!' },
      { root: 5 },
      { plase: 1 },
    ])
      expect(() => db.sink(bad as never)).toThrow(TypeError)
  })
})

describe('a history', () => {
  it('reads backwards at the price of what is asked for', async () => {
    const { db } = await lab()
    const stream = await db.create(pvUuid('big'), 'pva', { name: 'big' }, { pv: 'big', type: 'int32' })
    const time = Array.from({ length: 60_000 }, (_, i) => T + BigInt(i) * 1_000n)
    await stream.insert({ time, value: time.map((_, i) => i) })
    const before = db.stats.pointsOut
    const last = (
      await collected(db.history().read('big', { from: 0n, to: 2n ** 61n, order: 'desc', limit: 3 }))
    ).flat()
    expect(last.map(({ value }) => value)).toEqual([59_999, 59_998, 59_997])
    expect(db.stats.pointsOut - before).toBeLessThan(2_000)
    const all = (await collected(db.history().read('big', { from: 0n, to: 2n ** 61n, order: 'desc' }))).flat()
    expect(all.map(({ value }) => value)).toEqual(Array.from({ length: 60_000 }, (_, i) => 59_999 - i))
  })

  it('gives values as they were, of streams of others as numbers', async () => {
    const { db } = await lab()
    const flags: Series = { id: 'flag', type: 'bool' }
    await db.sink().write([sample(flags, 1, true), sample(flags, 2, false)])
    const values = (await collected(db.history().read('flag', RANGE))).flat()
    expect(values.map(({ value }) => value)).toEqual([true, false])
    const other = await db.create(uuid(), 'theirs', { name: 'x', unit: 'V' })
    await other.insert([[T, 2.5]])
    for (const id of [other.uuid, 'theirs/x']) {
      const [one] = (await collected(db.history().read(id, RANGE))).flat()
      expect(one).toMatchObject({ value: 2.5, series: { id, type: 'float64', units: 'V' } })
    }
  })

  it('has windows of any width, cut at the range, before the epoch too', async () => {
    const { db } = await lab()
    const stream = await db.create(pvUuid('w'), 'pva', { name: 'w' }, { pv: 'w', type: 'float64' })
    const time = Array.from({ length: 40 }, (_, i) => BigInt(i - 20))
    await stream.insert({ time, value: time.map(Number) })
    for (const width of [8n, 7n]) {
      const windows = (await collected(db.history().windows('w', { from: -11n, to: 11n }, width))).flat()
      const begin = (t: bigint): bigint => (t >= 0n ? t / width : -((-t + width - 1n) / width)) * width
      const expected = new Map<bigint, number[]>()
      for (const t of time.filter((t) => t >= -11n && t < 11n))
        expected.set(begin(t), [...(expected.get(begin(t)) ?? []), Number(t)])
      expect(windows.map(({ time: t, count, min, max }) => [t, count, min, max])).toEqual(
        [...expected].map(([t, values]) => [t, values.length, Math.min(...values), Math.max(...values)]),
      )
    }
    const inside = (await collected(db.history().windows('w', { from: 1n, to: 4n }, 8n))).flat()
    expect(inside).toMatchObject([{ time: 0n, width: 8n, count: 3, min: 1, max: 3 }])
    expect(inside[0]?.stddev).toBeCloseTo(1, 12)
  })
})

describe('record', () => {
  const update = (i: number): PvUpdate => ({
    name: 'lab:r',
    value: new NTScalar('float64').create({
      value: i,
      timeStamp: { secondsPastEpoch: 1_700_000_000n + BigInt(i), nanoseconds: 0 },
    }) as never,
  })

  it('writes what there is when the updates end', async () => {
    const { fake, db } = await lab()
    async function* updates() {
      for (let i = 0; i < 5; i++) yield await Promise.resolve(update(i))
    }
    expect(await db.record(updates(), { root: 'x' })).toMatchObject({ pushed: 5, written: 5, rejected: 0 })
    expect(fake.streams[0]).toMatchObject({ collection: 'x/lab', name: 'r', count: 5 })
  })

  it('resolves when its signal fires, with everything written', async () => {
    const { fake, db } = await lab()
    const stop = new AbortController()
    async function* updates() {
      yield await Promise.resolve(update(1))
      yield update(2)
      stop.abort()
      await new Promise(() => undefined)
    }
    expect(await db.record(updates(), { signal: stop.signal })).toMatchObject({ written: 2 })
    expect(fake.streams[0]?.count).toBe(2)
  })

  it('fails with what the updates fail with, and refuses wrong options', async () => {
    const { db } = await lab()
    async function* updates() {
      yield await Promise.resolve(update(1))
      throw new Error('broken')
    }
    await expect(db.record(updates())).rejects.toThrow('broken')
    expect((await failure(db.record(updates(), { lingr: 5 } as never))).code).toBe('ERR_BTRDB_ARGUMENT')
    expect((await failure(db.record(5 as never))).code).toBe('ERR_BTRDB_ARGUMENT')
  })
})
