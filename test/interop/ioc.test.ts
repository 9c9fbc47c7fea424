import { Context, ConversionError, NTEnum, NTTable, RemoteError, TimeoutError, type Value } from 'node-pvxs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { START_MS } from './env.js'
import { servers, startIoc, type Ioc } from './ioc.js'
import { exchange, type Exchange } from './matrix.js'

/** The first `count` values of a monitor. */
async function take(values: AsyncIterable<Value>, count: number): Promise<Value[]> {
  const taken: Value[] = []
  for await (const v of values) if (taken.push(v) === count) break
  return taken
}

describe.each(servers)('an IOC with QSRV $qsrv', ({ qsrv, peer }) => {
  let ioc: Ioc
  let ctx: Context

  beforeAll(async () => {
    ioc = await startIoc({ qsrv })
    ctx = new Context(ioc.clientOptions)
  }, START_MS)
  afterAll(async () => {
    await ctx.close()
    await ioc[Symbol.asyncDispose]()
  })

  const claim = (what: Exchange): void => beforeEach((context) => exchange(context, peer, what))

  describe('get', () => {
    claim('get')

    it('gives an analogue input with units, limits and alarm levels', async () => {
      const v = await ctx.get('t:ai')
      expect(v.$id).toBe('epics:nt/NTScalar:1.0')
      expect(v.value).toBe(21.5)
      expect(v.display).toMatchObject({
        units: 'degC',
        description: 'Furnace temperature',
        precision: 3,
        limitLow: -50,
        limitHigh: 450,
      })
      expect(v.valueAlarm).toMatchObject({
        lowAlarmLimit: -20,
        lowWarningLimit: 0,
        highWarningLimit: 300,
        highAlarmLimit: 400,
      })
      expect(v['alarm.severity']).toBe(0)
    })

    it('gives the time the record was processed, to the nanosecond', async () => {
      const v = await ctx.get('t:ai')
      const age = Date.now() - Number(v.$time)
      expect(age).toBeGreaterThanOrEqual(-1_000)
      expect(age).toBeLessThan(10 * 60_000)
      expect(v.timeStamp.secondsPastEpoch).toBeTypeOf('bigint')
      expect(v.$timeNs).toBe(
        v.timeStamp.secondsPastEpoch * 1_000_000_000n + BigInt(v.timeStamp.nanoseconds as number),
      )
    })

    it.each([
      ['bi', 1, ['Closed', 'Open']],
      ['mbbi', 2, ['Idle', 'Running', 'Paused', 'Fault']],
    ])('gives %s with its choices', async (name, index, choices) => {
      const v = await ctx.get(`t:${name}`)
      expect(v.$id).toBe('epics:nt/NTEnum:1.0')
      expect(v.value.index).toBe(index)
      expect(v.value.choices).toEqual(choices)
      expect(NTEnum.label(v)).toBe(choices[index])
    })

    it('gives text', async () => {
      expect((await ctx.get('t:stringin')).value).toBe('forty characters at most')
      expect((await ctx.get('t:ao.DESC')).value).toBe('Set point')
      const long = 'A long string record holds more than forty characters, this one up to three hundred.'
      // QSRV 1 cuts text at a DBR string's forty characters.
      expect((await ctx.get('t:lsi')).value).toBe(qsrv === 2 ? long : long.slice(0, 39))
      const bytes: unknown = (await ctx.get('t:lsi.VAL$')).value
      expect(bytes).toBeInstanceOf(Int8Array)
      expect(Buffer.from((bytes as Int8Array).slice(0, -1)).toString()).toBe(long)
    })

    it('gives a char waveform marked as text in the form its server chose', async () => {
      const { value } = await ctx.get('t:wf:text')
      const text: unknown = qsrv === 2 ? value : Buffer.from((value as Int8Array).slice(0, -1)).toString()
      expect(text).toBe('text in a char waveform')
    })

    it('gives 64-bit integers exactly', async () => {
      expect((await ctx.get('t:int64in')).value).toBe(9_007_199_254_740_993n)
      expect((await ctx.get('t:longin')).value).toBe(-2_147_483_648)
    })

    it.each([
      ['double', new Float64Array([1.5, -2.5, 1e300])],
      ['float', new Float32Array([0.5, 0.25])],
      ['long', new Int32Array([1, -2, 2_147_483_647])],
      ['ulong', new Uint32Array([1, 4_294_967_295])],
      ['short', new Int16Array([-32_768, 32_767])],
      ['int64', new BigInt64Array([9_007_199_254_740_993n, -1n])],
      ['uchar', new Uint8Array([0, 127, 255])],
      ['string', ['one', 'two', 'drei']],
    ])('gives a waveform of %s', async (name, expected) => {
      const v = await ctx.get(`t:wf:${name}`)
      expect(v.$id).toBe('epics:nt/NTScalarArray:1.0')
      expect(v.value).toEqual(expected)
    })

    if (qsrv === 2)
      // QSRV 1 gives all.
      it('gives only the fields that were asked for', async () => {
        const v = await ctx.get('t:ai', { fields: ['alarm'] })
        expect([...v.$changed].every((path) => path.startsWith('alarm'))).toBe(true)
        expect(v.$isChanged('alarm.severity')).toBe(true)
        expect(v.$isChanged('value')).toBe(false)
      })

    it('gives a group as one structure', async () => {
      const v = await ctx.get('t:group')
      expect(v.$id).toBe('test/Group:1.0')
      expect(v.x.display.units).toBe('mm')
      expect(v.wave).toEqual(new Float64Array([3, 4, 5]))
      expect(v.state.value.choices).toEqual(['Safe', 'Armed'])
      expect(v['record._options.atomic']).toBe(true)
    })

    it('gives an NTTable made of records', async () => {
      const v = await ctx.get('t:table')
      expect(v.$id).toBe('epics:nt/NTTable:1.0')
      expect(v.labels).toEqual(['Index', 'Reading'])
      expect(v.value.i).toEqual(new Int32Array([1, 2, 3]))
      expect(v.value.r).toEqual(new Float64Array([0.1, 0.2, 0.3]))
    })

    it('gives many records at once, in the order of their names', async () => {
      const names = ['t:longin', 't:ai', 't:stringin', 't:mbbi', 't:wf:long']
      const values = await ctx.getAll(names)
      expect(values.map((v) => v.$id)).toEqual([
        'epics:nt/NTScalar:1.0',
        'epics:nt/NTScalar:1.0',
        'epics:nt/NTScalar:1.0',
        'epics:nt/NTEnum:1.0',
        'epics:nt/NTScalarArray:1.0',
      ])
      expect(values[0]?.value).toBe(-2_147_483_648)
      expect(values[2]?.value).toBe('forty characters at most')
    })
  })

  describe('put', () => {
    claim('put')

    it("of a table's rows leaves its labels, a record of their own, as they are", async () => {
      const before = await ctx.get('t:table')
      const table = NTTable.from(before)
      const rows = [
        { i: 7, r: 0.5 },
        { i: 8, r: 1.5 },
      ]
      try {
        await ctx.put('t:table', { labels: ['Number', 'Voltage'] }) // so they can be written
        expect((await ctx.get('t:tbl:labels')).value).toEqual(['Number', 'Voltage'])
        await ctx.put('t:table', table.fromRows(rows))
        const after = await ctx.get('t:table')
        expect(table.rows(after)).toEqual(rows)
        expect(after.labels).toEqual(['Number', 'Voltage'])
        expect((await ctx.get('t:tbl:labels')).value).toEqual(['Number', 'Voltage'])
      } finally {
        await ctx.put('t:table', { labels: before.labels, value: before.value })
      }
    })

    it('is clamped by the record, as its drive limits say', async () => {
      await ctx.put('t:ao', 2.75)
      expect((await ctx.get('t:ao')).value).toBe(2.75)
      await ctx.put('t:ao', 99)
      expect((await ctx.get('t:ao')).value).toBe(10)
    })

    it('raises the alarms of the record', async () => {
      const severities: unknown[] = []
      for (const value of [350, 401, 20]) {
        await ctx.put('t:ai', { value })
        const v = await ctx.get('t:ai')
        severities.push([v.alarm.severity, v.alarm.message])
      }
      expect(severities.slice(0, 2)).toEqual([
        [1, 'HIGH'],
        [2, 'HIHI'],
      ])
      expect(severities[2]).toMatchObject([0, expect.stringMatching(/^(NO_ALARM)?$/)])
    })

    it('takes an enum by label, index and numeric text, and refuses other labels', async () => {
      const index = async (): Promise<unknown> => (await ctx.get('t:mbbo')).value.index
      await ctx.put('t:mbbo', 'High')
      expect(await index()).toBe(2)
      await ctx.put('t:mbbo', 0)
      expect(await index()).toBe(0)
      await ctx.put('t:mbbo', { value: '1' })
      expect(await index()).toBe(1)
      await expect(ctx.put('t:mbbo', 'Highest')).rejects.toThrow(ConversionError)
      expect(await index()).toBe(1)
    })

    it('takes a switch by its label', async () => {
      await ctx.put('t:bo', 'On')
      expect(NTEnum.label(await ctx.get('t:bo'))).toBe('On')
      await ctx.put('t:bo', 'Off')
      expect(NTEnum.label(await ctx.get('t:bo'))).toBe('Off')
    })

    it('stores text and 64-bit integers', async () => {
      await ctx.put('t:stringout', 'grün')
      expect((await ctx.get('t:stringout')).value).toBe('grün')
      await ctx.put('t:int64out', -9_223_372_036_854_775_807n)
      expect((await ctx.get('t:int64out')).value).toBe(-9_223_372_036_854_775_807n)
    })

    if (qsrv === 2)
      // QSRV 1 cuts it at forty characters.
      it('stores long text', async () => {
        const text = 'x'.repeat(250)
        await ctx.put('t:lso', text)
        expect((await ctx.get('t:lso')).value).toBe(text)
      })

    it.each([
      ['double', new Float64Array([9, 8, 7, 6])],
      ['long', new Int32Array([-1])],
      ['int64', new BigInt64Array([-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n])],
      ['uchar', new Uint8Array([255, 0])],
      ['string', ['a', '', 'c']],
    ])('stores a waveform of %s', async (name, value) => {
      await ctx.put(`t:wf:${name}`, { value })
      expect((await ctx.get(`t:wf:${name}`)).value).toEqual(value)
    })

    it('carries a megabyte there and back', async () => {
      const value = Float64Array.from({ length: 131_072 }, (_, i) => i / 3)
      await ctx.put('t:wf:big', { value })
      const back = (await ctx.get('t:wf:big')).value as Float64Array
      expect(back.length).toBe(value.length)
      expect(Buffer.compare(Buffer.from(back.slice().buffer), Buffer.from(value.buffer))).toBe(0)
    })

    it('processes the record, or does not, as asked', async () => {
      const processed = async (): Promise<number> => Number((await ctx.get('t:processed')).value)
      const before = await processed()
      await ctx.put('t:trigger', 1, { process: false })
      expect(await processed()).toBe(before)
      await ctx.put('t:trigger', 2, { process: true })
      expect(await processed()).toBe(before + 1)
      await ctx.put('t:trigger', 3, { process: 'passive', block: true })
      expect(await processed()).toBe(before + 2)
    })

    it('waits for the end of processing with block', async () => {
      await ctx.put('t:slow.A', 41, { process: true, block: true })
      expect((await ctx.get('t:slow:done')).value).toBe(41)
      await ctx.put('t:slow.A', 42, { process: true })
      expect((await ctx.get('t:slow:done')).value).toBe(41)
      await ctx.put('t:slow.A', 43, { request: 'record[process=true,block=true]' })
      expect((await ctx.get('t:slow:done')).value).toBe(43)
    })

    it('writes several members of a group at once', async () => {
      await ctx.put('t:group', { x: { value: 11 }, y: 12, wave: [1, 2] })
      const v = await ctx.get('t:group')
      expect([v.x.value, v.y, v.wave]).toEqual([11, 12, new Float64Array([1, 2])])
      expect((await ctx.get('t:grp:y')).value).toBe(12)
    })

    it('fetches first in the function form', async () => {
      await ctx.put('t:longout', 7)
      await ctx.put('t:longout', (current) => ({ value: Number(current.value) + 1 }))
      expect((await ctx.get('t:longout')).value).toBe(8)
    })
  })

  describe('monitor', () => {
    claim('monitor')

    it('follows a record that counts at 10 Hz, with growing times', async () => {
      const values = await take(ctx.monitor('t:counter', { queueSize: 100 }), 8)
      const counts = values.map((v) => Number(v.value))
      for (const [i, n] of counts.entries()) if (i > 0) expect(n).toBe(((counts[i - 1] ?? 0) + 1) % 1000)
      const times = values.map((v) => v.$timeNs ?? 0n)
      for (const [i, t] of times.entries()) if (i > 0) expect(t).toBeGreaterThan(times[i - 1] ?? 0n)
      expect(values[0]?.display.units).toBe('ticks')
      // Later updates share what did not change.
      expect(values[7]?.display).toBe(values[1]?.display)
      expect(values[7]?.$isChanged('display.units')).toBe(false)
      expect(values[7]?.$isChanged('value')).toBe(true)
    })

    it('shows the alarm with the value that raised it', async () => {
      await ctx.put('t:ai', 20)
      await using sub = ctx.monitor('t:ai')
      const updates = sub[Symbol.asyncIterator]()
      await updates.next()
      await ctx.put('t:ai', 305)
      const { value: v } = (await updates.next()) as IteratorYieldResult<Value>
      expect([v.value, v.alarm.severity]).toEqual([305, 1])
    })

    it('delivers the triggered members of a group together', async () => {
      await using sub = ctx.monitor('t:group')
      const updates = sub[Symbol.asyncIterator]()
      await updates.next()
      await ctx.put('t:grp:x', 77)
      const { value: v } = (await updates.next()) as IteratorYieldResult<Value>
      expect(v.x.value).toBe(77)
      expect(v.$isChanged('y')).toBe(true)
      expect(v.$isChanged('wave')).toBe(false)
    })

    it('merges many records into one stream', async () => {
      const names = ['t:ai', 't:ao', 't:counter', 't:mbbi']
      const seen = new Set<string>()
      for await (const { name } of ctx.monitorAll(names)) {
        seen.add(name)
        if (seen.size === names.length) break
      }
      expect([...seen].sort()).toEqual([...names].sort())
    })
  })

  describe('pipelined monitor', () => {
    claim('pipeline')

    it('goes on for longer than its window', async () => {
      const values = await take(ctx.monitor('t:counter', { pipeline: true, queueSize: 4 }), 12)
      const counts = values.map((v) => Number(v.value))
      expect(counts).toEqual(counts.map((_, i) => ((counts[0] ?? 0) + i) % 1000))
    })
  })

  describe('info', () => {
    claim('info')

    it('gives the type without a value', async () => {
      const type = await ctx.info('t:mbbi')
      expect(type.id).toBe('epics:nt/NTEnum:1.0')
      expect(type.toString()).toContain('string[] choices')
    })
  })

  describe('list', () => {
    claim('list')

    it('names what the IOC serves', async () => {
      const server = `127.0.0.1:${ioc.port}`
      const names = await ctx.list(server)
      expect(names).toEqual(expect.arrayContaining(['t:ai', 't:wf:big', 't:group']))
      expect(await ctx.serverInfo(server)).toMatchObject({ implLang: 'cpp' })
    })
  })

  describe('errors', () => {
    claim('error')

    it('carries the text of a record that refuses', async () => {
      await expect(ctx.put('t:closed', 5)).rejects.toThrow(RemoteError)
      await expect(ctx.put('t:closed', 5)).rejects.toThrow(/disabled/i)
      expect((await ctx.get('t:closed')).value).toBe(4)
    })

    it('names the record that nobody has', async () => {
      const failed: unknown = await ctx.get('t:absent', { timeout: 500 }).catch((e: unknown) => e)
      expect(failed).toBeInstanceOf(TimeoutError)
      expect(failed).toMatchObject({ pv: 't:absent', phase: 'search', op: 'get' })
    })

    it('refuses a number that the record cannot hold, and sends nothing', async () => {
      const before = (await ctx.get('t:longout')).value as unknown
      await expect(ctx.put('t:longout', 2 ** 31)).rejects.toThrow(ConversionError)
      expect((await ctx.get('t:longout')).value).toBe(before)
    })
  })
})
