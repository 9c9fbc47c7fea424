import { afterEach, describe, expect, it } from 'vitest'
import {
  InvalidArgumentError,
  NoFieldError,
  NTScalar,
  PvRequest,
  RemoteError,
  setLogger,
  SharedPV,
  TimeoutError,
  type LogLine,
} from 'node-pvxs'
import { alone, drain, Int32, int32, leavesNothing, loopback, rejection, take, until } from '../fixtures.js'

leavesNothing()

afterEach(() => setLogger(null))

describe('waitFor', () => {
  it('resolves with the first value that fits, the present one or a later one', async () => {
    const pv = int32(1)
    await using it = await loopback({ x: pv })
    expect((await it.ctx.waitFor('x', (v) => v.value === 1)).value).toBe(1)
    const seen: unknown[] = []
    const waiting = it.ctx.waitFor('x', (v) => {
      seen.push(v.value)
      if (v.value < 3) pv.post(Number(v.value) + 1)
      return v.value === 3
    })
    expect((await waiting).value).toBe(3)
    expect(seen).toEqual([1, 2, 3])
    await until(() => it.ctx.stats().open === 0, 'nothing is left')
  })

  it('a TimeoutError names the PV and its last value', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int64'), { value: 5 }) })
    const error = await rejection(it.ctx.waitFor('x', () => false, { timeout: 1_500 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect([error['op'], error['pv']]).toEqual(['waitFor', 'x'])
    expect(error.message).toMatch(/waitFor: PV "x": no value that fits within 1.5 s, the last was "?5"? /)
    const absent = await rejection(it.ctx.waitFor('absent', () => true, { timeout: 100 }))
    expect(absent.message).toContain('waitFor: PV "absent" was not found within 100 ms (phase: search)')
    const soon = await rejection(
      it.ctx.waitFor('absent', () => true, { timeout: 60_000, connectTimeout: 50 }),
    )
    expect(soon.message).toContain('within 50 ms (phase: search)')
  })

  it('rejects with what the function throws, the reason of an abort, and for what is not a condition', async () => {
    await using it = await loopback({ x: int32(1) })
    const thrown = it.ctx.waitFor('x', () => {
      throw new RemoteError('mine')
    })
    expect((await rejection(thrown)).message).toBe('mine')
    const abort = new AbortController()
    const aborted = rejection(it.ctx.waitFor('x', () => false, { signal: abort.signal }))
    abort.abort(new Error('enough'))
    expect((await aborted).message).toBe('enough')
    for (const fits of [undefined, 5, () => Promise.resolve(true)])
      expect(await rejection(it.ctx.waitFor('x', fits as never))).toBeInstanceOf(InvalidArgumentError)
  })
})

describe('a monitor of a misspelt name', () => {
  it('with connectTimeout ends with the not-found error', async () => {
    await using ctx = alone()
    const error = await rejection(drain(ctx.monitor('nowhere', { connectTimeout: 100 })))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.message).toContain('monitor: PV "nowhere" was not found within 100 ms (phase: search)')
    const merged = await rejection(drain(ctx.monitorAll(['a'], { connectTimeout: 100 })))
    expect(merged['pv']).toBe('a')
  })

  it('says one line for several PVs after 5 s, and not again', async () => {
    const lines: LogLine[] = []
    setLogger((line) => lines.push(line))
    await using it = await loopback({ x: int32(1) })
    const subs = ['tempp1', 'tempp2', 'x'].map((name) => it.ctx.monitor(name, { onUpdate: () => undefined }))
    const told = (): LogLine[] => lines.filter(({ logger }) => logger === 'node-pvxs.monitor')
    await until(() => told().length > 0, 'the line')
    expect(told()).toHaveLength(1)
    expect(told()[0]).toMatchObject({ level: 'warning' })
    expect(told()[0]?.message).toMatch(
      /after 5 s: "tempp1", "tempp2" not found; searched .*; try the spelling/,
    )
    expect(told()[0]?.message).not.toContain('"x"')
    for (const sub of subs) await sub.close()
  })
})

describe('the line about names that nobody has', () => {
  const told = (lines: readonly LogLine[]): string[] =>
    lines.filter(({ logger }) => logger === 'node-pvxs.monitor').map(({ message }) => message)

  it('tells a name again only after it has been connected', async () => {
    const lines: LogLine[] = []
    setLogger((line) => lines.push(line))
    await using it = await loopback({})
    await using first = it.ctx.monitor('late', { onUpdate: () => undefined })
    await until(() => told(lines).length === 1, 'the first line')
    expect(told(lines)[0]).toContain('"late" not found')
    await using second = it.ctx.monitor('late', { onUpdate: () => undefined })
    await using other = it.ctx.monitor('other', { onUpdate: () => undefined })
    await until(() => told(lines).length === 2, 'the line of the other')
    expect(told(lines)[1]).toContain('"other" not found')
    expect(told(lines)[1]).not.toContain('late')

    it.server.addPV('late', int32(1))
    it.ctx.hurryUp()
    await Promise.all([first.ready, second.ready])
    it.server.removePV('late')
    await until(() => !second.connected, 'the end of the PV')
    await using third = it.ctx.monitor('late', { onUpdate: () => undefined })
    await until(() => told(lines).length === 3, 'the third line')
    expect(told(lines)[2]).toContain('"late" not found')
    expect([other.connected, third.connected]).toEqual([false, false])
  })

  it('leaves a waitFor with a timeout to its error', async () => {
    const lines: LogLine[] = []
    setLogger((line) => lines.push(line))
    await using ctx = alone()
    const limited = rejection(ctx.waitFor('limited', () => true, { timeout: 8_000 }))
    const endless = rejection(ctx.waitFor('endless', () => true))
    await using sub = ctx.monitor('monitored', { onUpdate: () => undefined })
    await until(() => told(lines).length > 0, 'the line')
    expect(told(lines)).toHaveLength(1)
    expect(told(lines)[0]).toContain('after 5 s: "endless", "monitored" not found')
    expect((await limited).message).toContain('waitFor: PV "limited" was not found within 8 s')
    expect(told(lines)).toHaveLength(1)
    expect(sub.connected).toBe(false)
    await ctx.close()
    expect((await endless).message).toContain('waitFor: PV "endless"')
  })
})

describe('a misspelt field in fields or request', () => {
  it('is an error that names it and what there is', async () => {
    await using it = await loopback({ x: int32(1) })
    for (const failed of [
      () => it.ctx.get('x', { fields: ['value', 'timestamp'] }),
      () => drain(it.ctx.monitor('x', { fields: ['value', 'timestamp'] })),
    ]) {
      const error = await rejection(failed())
      expect(error).toBeInstanceOf(NoFieldError)
      expect([error['path'], error['pv']]).toEqual(['timestamp', 'x'])
      expect(error['fields']).toContain('timeStamp')
      expect(error.message).toContain('did you mean "timeStamp"?')
    }
    expect((await it.ctx.get('x', { fields: ['value', 'alarm.severity'] })).value).toBe(1)
  })

  it('is the same error of a put, which sends nothing, and of an RPC, by what it replied', async () => {
    const pv = int32(1)
    const reply = Int32.create({ value: 5 })
    await using it = await loopback({ x: pv, f: new SharedPV({ onRpc: () => reply }) })
    const options = { fields: ['value', 'timestamp'] }
    for (const [op, name, failed] of [
      ['put', 'x', () => it.ctx.put('x', 2, options)],
      ['put', 'x', () => it.ctx.put('x', 2).then(() => it.ctx.put('x', 3, options))], // its type is known by then
      ['put', 'x', () => it.ctx.put('x', (current) => void (current.value = 4), options)],
      ['rpc', 'f', () => it.ctx.rpc('f', {}, options)],
    ] as const) {
      const error = await rejection(failed())
      expect(error).toBeInstanceOf(NoFieldError)
      expect([error['op'], error['path'], error['pv']]).toEqual([op, 'timestamp', name])
      expect(error.message).toMatch(`${op}: PV "${name}" has no field "timestamp": there are value`)
      expect(error.message).toContain('did you mean "timeStamp"?')
    }
    expect(pv.current().value).toBe(2)
    await it.ctx.put('x', 6, { fields: ['value'] })
    expect(pv.current().value).toBe(6)
    expect(await it.ctx.rpc('f', {}, { fields: ['value'] })).toMatchObject({ value: 5 })
  })

  it.each(['put', 'rpc'] as const)(
    'in the request of a %s is a warning through the log, once',
    async (op) => {
      const lines: LogLine[] = []
      setLogger((line) => lines.push(line))
      const pv = new SharedPV({
        type: Int32,
        initial: { value: 1 },
        onPut: ({ value }) => value,
        onRpc: () => Int32.create({ value: 5 }),
      })
      const name = `x:${op}`
      await using it = await loopback({ [name]: pv })
      for (let k = 0; k < 3; k++) await it.ctx[op](name, { value: 2 }, { request: 'field(value,timestamp)' })
      const said = lines.filter(({ message }) => message.includes('"timestamp", which its request names'))
      expect(said.map(({ level }) => level)).toEqual(['warning'])
      expect(said[0]?.message).toMatch(`${op}: PV "${name}" has no field "timestamp"`)
    },
  )

  it('in a request is a warning through the log, once', async () => {
    const lines: LogLine[] = []
    setLogger((line) => lines.push(line))
    await using it = await loopback({ x: int32(1) })
    for (let k = 0; k < 3; k++) await it.ctx.get('x', { request: 'field(value,timestamp)' })
    const said = lines.filter(({ message }) => message.includes('"timestamp", which its request names'))
    expect(said.map(({ level }) => level)).toEqual(['warning'])
  })

  it('fields together with a request are joined, and drop nothing of it', () => {
    expect(
      String(PvRequest.parse('field(alarm)record[process=true]').field('alarm.severity').field('value')),
    ).toBe('field(alarm,value)record[process=true]')
    expect(String(PvRequest.parse('alarm.severity').field('alarm'))).toBe('field(alarm)')
  })
})

it('rpc without arguments sends an empty NTURI, and null on request', async () => {
  const got: unknown[] = []
  const pv = new SharedPV({
    onRpc: (op) => {
      got.push(op.value === null ? null : [op.value.$id, Object.keys(op.args)])
    },
  })
  await using it = await loopback({ x: pv })
  await it.ctx.rpc('x')
  await it.ctx.rpc('x', null)
  expect(got).toEqual([['epics:nt/NTURI:1.0', []], null])
  await take(it.ctx.monitorAll([]), 0)
})
