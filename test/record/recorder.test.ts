// The recorder, from real servers into sinks.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NTEnum, NTScalar, NTTable, Server, SharedPV, type AnyPV, type Context } from 'node-pvxs'
import { ConfigError, JsonlStore, Recorder, RecordError, type RecordConfig } from 'node-pvxs/record'
import { freePort } from '../ports.js'
import { leavesNothing, loopback, rejection, until } from '../unit/fixtures.js'
import { away, CountingSink } from './counting.js'

leavesNothing()

const double = (value = 0): SharedPV => SharedPV.mailbox(new NTScalar('float64'), { value }) as SharedPV
const FAST = { linger: 0, retry: { min: 5, max: 5 } }

interface Stage {
  readonly recorder: Recorder
  readonly sink: CountingSink
  readonly lines: string[]
  readonly ctx: Context
}

async function recording(pvs: Record<string, AnyPV>, config: Partial<RecordConfig> = {}): Promise<Stage> {
  const { ctx } = await loopback(pvs, { after: onTestFinished })
  const sink = new CountingSink()
  const lines: string[] = []
  const recorder = await Recorder.start(
    { pvs: Object.keys(pvs), sinks: { all: { type: 'custom', batch: FAST } }, ...config },
    { context: ctx, sinks: { all: sink, other: new CountingSink() }, log: (line) => lines.push(line) },
  )
  onTestFinished(() => recorder.close())
  return { recorder, sink, lines, ctx }
}

describe('a recorder', () => {
  it('brings every update of its PVs to its sink, with type and choices', async () => {
    const t = double(1)
    const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } })
    const { recorder, sink } = await recording({ t, mode })
    await sink.until(() => sink.samples.length === 2)
    t.post({ value: 2 })
    await sink.until(() => sink.samples.length === 3)
    expect(sink.values('t')).toEqual([1, 2])
    expect(sink.samples.find(({ series }) => series.id === 'mode')).toMatchObject({
      value: 1,
      series: { type: 'enum', choices: ['Off', 'On'] },
    })
    expect(recorder.status()).toMatchObject({ state: 'running', pvs: 2, connected: 2, received: 3 })
    expect(recorder.pv('t')).toMatchObject({ connected: true, sinks: ['all'], received: 2, written: 2 })
    expect([...recorder.pvs()].map(({ name }) => name)).toEqual(['t', 'mode'])
    expect(recorder.pv('absent')).toBe(undefined)
  })

  it('starts while PVs are not served, and takes them when they come', async () => {
    const tcpPort = await freePort()
    const { ctx } = await loopback(
      {},
      {
        after: onTestFinished,
        client: { nameServers: [`127.0.0.1:${tcpPort}`] },
      },
    )
    const sink = new CountingSink()
    const recorder = await Recorder.start(
      { pvs: ['late'], sinks: { all: { type: 'custom', batch: FAST } } },
      { context: ctx, sinks: { all: sink } },
    )
    onTestFinished(() => recorder.close())
    expect(recorder.status()).toMatchObject({ state: 'running', pvs: 1, connected: 0 })
    const server = await Server.start({ isolated: true, tcpPort, pvs: { late: double(5) } })
    onTestFinished(() => server.close())
    await sink.until(() => sink.values('late').length === 1)
    await server.stop()
    await sink.until(() => sink.samples.length === 2)
    expect(sink.samples.map(({ value, severity }) => [value, severity])).toEqual([
      [5, expect.any(Number)],
      [null, 4],
    ])
    expect(recorder.status().connected).toBe(0)
    await server.start()
    await sink.until(() => sink.values('late').length === 3)
    expect(sink.values('late')).toEqual([5, null, 5])
  })

  it('applies policies, defaults below profiles below the PV, and gives what waits at its end', async () => {
    const a = double(0)
    const b = double(0)
    const { recorder, sink } = await recording(
      { a, b },
      {
        defaults: { minPeriod: 600_000 },
        profiles: { wide: { deadband: 10, minPeriod: 0 } },
        pvs: ['a', { name: 'b', profile: 'wide' }],
      },
    )
    await sink.until(() => sink.samples.length === 2)
    for (const value of [1, 2, 20]) for (const pv of [a, b]) pv.post({ value })
    await sink.until(() => sink.values('b').length === 2)
    await until(() => recorder.pv('a')?.received === 4, 'a has come')
    expect([sink.values('a'), sink.values('b')]).toEqual([[0], [0, 20]])
    expect(recorder.status().withheld).toBe(4)
    a.post({ value: 21, alarm: { severity: 2 } })
    await sink.until(() => sink.values('a').length === 2)
    a.post({ value: 22 })
    await until(() => recorder.pv('a')?.received === 6, 'a has come')
    await recorder.close()
    expect(sink.values('a')).toEqual([0, 21, 22])
  })

  it('goes on when a sink is away, and keeps the others at full rate', async () => {
    const t = double(0)
    const { ctx } = await loopback({ t }, { after: onTestFinished })
    const [good, bad] = [new CountingSink(), new CountingSink()]
    bad.fault = away
    const recorder = await Recorder.start(
      { pvs: ['t'], sinks: { good: { type: 'custom', batch: FAST }, bad: { type: 'custom', batch: FAST } } },
      { context: ctx, sinks: { good, bad } },
    )
    onTestFinished(() => recorder.close())
    for (let i = 1; i <= 50; i++) {
      t.post({ value: i })
      await good.until(() => good.values('t').at(-1) === i)
    }
    await bad.until(() => bad.attempts > 2)
    await until(() => recorder.status().sinks['good']?.buffered === 0, 'the good one has all')
    const { state, sinks } = recorder.status()
    expect(state).toBe('degraded')
    expect(sinks['good']).toMatchObject({ state: 'ok', buffered: 0 })
    expect(sinks['bad']).toMatchObject({ state: 'retrying', written: 0, lastError: 'nobody answers' })
    bad.fault = undefined
    await bad.until(() => bad.values('t').length === good.values('t').length)
    expect(bad.values('t')).toEqual(good.values('t'))
    await until(() => recorder.status().state === 'running', 'it runs')
  })

  it('drops the oldest when a sink stays away, and counts what it drops and loses', async () => {
    const t = double(0)
    const { recorder, sink, lines } = await recording(
      { t },
      { sinks: { all: { type: 'custom', batch: { ...FAST, maxBuffered: 10 } } } },
    )
    await sink.until(() => sink.values('t').length === 1)
    sink.fault = away
    for (let i = 1; i <= 40; i++) {
      t.post({ value: i })
      await until(() => recorder.pv('t')?.received === i + 1, 'it has come')
    }
    const { buffered, dropped } = recorder.status().sinks['all'] ?? {}
    expect(buffered).toBeLessThanOrEqual(11)
    expect(dropped).toBeGreaterThan(20)
    await recorder.close({ drain: 20 })
    expect(recorder.lost).toBe(buffered)
    expect(lines.at(-1)).toContain(`${recorder.lost} samples are lost`)
  })

  it('sends each PV to the sinks that take it', async () => {
    const { ctx } = await loopback(
      { 'a:x': double(1), 'b:x': double(2), c: double(3) },
      { after: onTestFinished },
    )
    const [a, rest] = [new CountingSink(), new CountingSink()]
    const recorder = await Recorder.start(
      {
        pvs: ['a:x', 'b:x', { name: 'c', sinks: ['a'] }],
        sinks: {
          a: { type: 'custom', batch: FAST, pvs: ['a:*'] },
          rest: { type: 'custom', batch: FAST, pvs: ['?:x'] },
        },
      },
      { context: ctx, sinks: { a, rest } },
    )
    onTestFinished(() => recorder.close())
    await a.until(() => a.samples.length === 2)
    await rest.until(() => rest.samples.length === 2)
    expect(a.samples.map(({ series }) => series.id).sort()).toEqual(['a:x', 'c'])
    expect(rest.samples.map(({ series }) => series.id).sort()).toEqual(['a:x', 'b:x'])
    expect(recorder.pv('a:x')?.sinks).toEqual(['a', 'rest'])
  })

  it('takes no time stamp from the future, and counts times that go back', async () => {
    const t = double(0)
    const { recorder, sink } = await recording({ t })
    await sink.until(() => sink.samples.length === 1)
    const seconds = BigInt(Math.round(Date.now() / 1_000))
    const at = (ahead: bigint): object => ({
      timeStamp: { secondsPastEpoch: seconds + ahead, nanoseconds: 0 },
    })
    t.post({ value: 1, ...at(3_600n) })
    t.post({ value: 2, ...at(-3_600n) })
    await sink.until(() => sink.samples.length === 2)
    expect(sink.values('t')).toEqual([0, 2])
    expect(recorder.status()).toMatchObject({ futureTimes: 1, outOfOrder: 1 })
    expect(recorder.pv('t')).toMatchObject({ rejected: 1, lastError: 'future time stamp' })
  })

  it('says why a PV gives no samples', async () => {
    const { recorder } = await recording({ table: SharedPV.mailbox(new NTTable({ a: 'int32' })) })
    await until(() => recorder.pv('table')?.lastError !== undefined, 'it is told')
    expect(recorder.pv('table')?.lastError).toMatch(/not recorded: its type, epics:nt\/NTTable/)
  })

  it('tells of connections, sinks and updates as they happen', async () => {
    const { recorder } = await recording({ a: double(1), b: double(2) }, { pvs: ['a'] })
    const seen: unknown[] = []
    const listening = (async () => {
      for await (const event of recorder.events()) {
        seen.push([event.type, 'pv' in event ? event.pv : undefined])
        if (event.type === 'connected' && event.pv === 'b') break
      }
    })()
    await recorder.update({ add: ['b'] })
    await listening
    expect(seen).toContainEqual(['updated', undefined])
  })
})

describe('an update', () => {
  it('adds, removes and changes PVs, and does not touch the others', async () => {
    const [a, b, c] = [double(1), double(2), double(3)]
    const { recorder, sink } = await recording({ a, b, c }, { pvs: ['a', 'b'] })
    await sink.until(() => sink.samples.length === 2)
    expect(await recorder.update({ add: ['c', { name: 'a', deadband: 5 }], remove: ['b'] })).toEqual({
      added: 1,
      removed: 1,
      changed: 1,
      kept: 0,
    })
    await sink.until(() => sink.values('c').length === 1)
    await until(() => b.subscribers === 0, 'b is closed')
    for (const value of [2, 3, 10]) a.post({ value })
    await sink.until(() => sink.values('a').length === 2)
    expect(sink.values('a')).toEqual([1, 10])
    expect(recorder.pv('a')?.received).toBe(4)
    expect(recorder.pv('b')).toBe(undefined)
    expect(recorder.status()).toMatchObject({ pvs: 2, reloads: 1, received: 6 })
  })

  it('changes how arrays are recorded without a new monitor', async () => {
    const wave = SharedPV.mailbox(new NTScalar('float64[]'), { value: [1, 2, 3], alarm: { severity: 1 } })
    const { recorder, sink } = await recording({ wave })
    await sink.until(() => sink.samples.length === 1)
    await recorder.update({ add: [{ name: 'wave', arrays: 'stats' }] })
    await sink.until(() => sink.samples.length === 6)
    wave.post({ value: [5] })
    await sink.until(() => sink.samples.length === 11)
    expect(sink.values('wave.mean')).toEqual([2, 5])
    expect(sink.samples.every(({ severity }) => severity === 1)).toBe(true)
    expect(wave.subscribers).toBe(1)
  })

  it('with faults changes nothing', async () => {
    const { recorder, sink } = await recording({ a: double(1) })
    await sink.until(() => sink.samples.length === 1)
    const failed = await rejection(recorder.update({ add: ['b', { name: 'c', deadbnd: 5 } as never] }))
    expect(failed).toBeInstanceOf(ConfigError)
    expect(failed.message).toContain('did you mean "deadband"?')
    expect([...recorder.pvs()].map(({ name }) => name)).toEqual(['a'])
    expect((await rejection(recorder.update({ ad: [] } as never))).message).toContain('"ad"')
    await recorder.close()
    expect(await rejection(recorder.update({ add: ['b'] }))).toMatchObject({ code: 'ERR_RECORD_STATE' })
  })
})

describe('a spool', () => {
  it('keeps what the sink did not take for the next start', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'node-pvxs-record-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const t = double(0)
    const spool = { dir, sync: false }
    const first = await recording({ t }, { spool })
    await first.sink.until(() => first.sink.values('t').length === 1)
    first.sink.fault = away
    for (let i = 1; i <= 20; i++) {
      t.post({ value: i })
      await until(() => first.recorder.pv('t')?.received === i + 1, 'it has come')
    }
    await first.recorder.close({ drain: 1_000 })
    expect(first.recorder.lost).toBe(0)
    const taken = first.sink.values('t').length
    const { ctx } = await loopback({ t }, { after: onTestFinished })
    const sink = new CountingSink()
    const config: RecordConfig = { pvs: ['t'], sinks: { all: { type: 'custom', batch: FAST } }, spool }
    const second = await Recorder.start(config, { context: ctx, sinks: { all: sink } })
    onTestFinished(() => second.close())
    await sink.until(() => sink.values('t').length >= 22 - taken)
    expect([...first.sink.values('t'), ...sink.values('t')].slice(0, 21)).toEqual(
      Array.from({ length: 21 }, (_, i) => i),
    )
    const failed = await rejection(Recorder.start(config, { context: ctx, sinks: { all: sink } }))
    expect(failed).toBeInstanceOf(RecordError)
    expect(failed).toMatchObject({
      code: 'ERR_RECORD_START',
      sink: 'all',
      cause: { code: 'ERR_SPOOL_LOCKED' },
    })
  })
})

describe('a close', () => {
  it.each([
    ['waits for the sink', {}],
    ['waits for its spool', { maxBytes: 2_000, sync: false }],
  ])('ends within its time when everything %s, and counts what is lost', async (_, options) => {
    const dir = await mkdtemp(join(tmpdir(), 'node-pvxs-record-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const t = double(0)
    const spooled = 'maxBytes' in options
    const { recorder, sink, lines } = await recording(
      { t },
      {
        sinks: { all: { type: 'custom', batch: { ...FAST, maxBuffered: 5, overflow: 'block' } } },
        ...(spooled && { spool: { dir, ...options } }),
      },
    )
    await sink.until(() => sink.values('t').length === 1)
    sink.fault = away
    // What is on the spool is not lost.
    const inMemory = (): number => {
      const { buffered = 0, spooled = 0 } = recorder.status().sinks['all'] ?? {}
      return buffered - spooled
    }
    for (let i = 1; i <= 20_000 && inMemory() <= 4; i++) {
      t.post({ value: i })
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(inMemory()).toBeGreaterThan(4)
    await recorder.close({ drain: 50 })
    expect(recorder.lost).toBeGreaterThan(0)
    expect(lines.at(-1)).toContain(`${recorder.lost} samples are lost`)
    expect(recorder.status().state).toBe('stopped')
  })
})

describe('a start', () => {
  const sinks = { file: { type: 'jsonl', path: 'x.jsonl' } } as const

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'is an object'],
    ['no sinks', { pvs: ['a'] }, 'has no "sinks"'],
    ['an empty list of sinks', { pvs: ['a'], sinks: {} }, 'no sink is named'],
    ['a misspelt key', { profile: {}, pvs: [], sinks }, 'unknown key "profile"; did you mean "profiles"?'],
    ['a bad name', { pvs: ['a', ' b'], sinks }, '/pvs/1: " b" is not a PV name'],
    ['Channel Access', { pvs: ['ca://a'], sinks }, 'Channel Access'],
    [
      'a wrong type',
      { pvs: [{ name: 'a', deadband: '5' }], sinks },
      '/pvs/0/deadband: "deadband" is a number',
    ],
    ['out of range', { pvs: [{ name: 'a', queueSize: 1 }], sinks }, 'from 2 to 1000000, not 1'],
    [
      'an unknown sink',
      { pvs: [{ name: 'a', sinks: ['fil'] }], sinks },
      'no sink "fil"; did you mean "file"?',
    ],
    ['an unknown profile', { pvs: [{ name: 'a', profile: 'x' }], sinks }, 'no profile "x"'],
    ['a kind of sink', { pvs: ['a'], sinks: { s: { type: 'jsnl' } } }, 'did you mean "jsonl"?'],
    ['a PV nobody takes', { pvs: ['a'], sinks: { s: { ...sinks.file, pvs: ['b*'] } } }, 'no sink takes "a"'],
    [
      'periods that contradict',
      { pvs: [{ name: 'a', every: 10, minPeriod: 20 }], sinks },
      '"every" is 10 ms, which is less than "minPeriod"',
    ],
  ])('refuses %s, and says where', async (_, config, reason) => {
    const failed = await rejection(Recorder.start(config as RecordConfig))
    expect(failed).toBeInstanceOf(ConfigError)
    expect(failed.message).toContain(reason)
  })

  it('tells all faults at once', async () => {
    const failed = await rejection(
      Recorder.start({ pvs: [5, { name: 'a', time: 'now' }], sinks: { 'a b': sinks.file } } as never),
    )
    expect((failed as unknown as ConfigError).faults.map(({ pointer }) => pointer)).toEqual([
      '/pvs/0',
      '/pvs/1/time',
      '/sinks/a b',
    ])
  })

  it('never shows what is secret', async () => {
    const influx = { type: 'influx', url: 'http://x', database: 'd', token: 5, password: ['hush'] }
    const failed = await rejection(Recorder.start({ pvs: ['a'], sinks: { influx } } as never))
    expect(failed.message).toMatch(/"token" is text$/m)
    expect(failed.message).not.toMatch(/5|hush/)
  })

  it('refuses an address that is none, of the PVs and of its own', async () => {
    const pva = await rejection(Recorder.start({ pvs: [], sinks, pva: { addressList: ['a b c'] } }))
    expect(pva).toMatchObject({
      code: 'ERR_RECORD_START',
      message: expect.stringContaining('pva: ') as string,
    })
    const status = { prefix: 'x:', interfaces: ['no address'] }
    const own = await rejection(
      Recorder.start(
        { pvs: [], sinks: { mine: { type: 'custom' } }, status },
        { sinks: { mine: new CountingSink() } },
      ),
    )
    expect(own).toMatchObject({
      code: 'ERR_RECORD_START',
      message: expect.stringContaining('status: ') as string,
    })
  })

  it('refuses a sink that can never work, and closes the others', async () => {
    const failed = await rejection(
      Recorder.start({ pvs: ['a'], sinks: { file: { type: 'jsonl', path: '/dev/null/x.jsonl' } } }),
    )
    expect(failed).toMatchObject({ code: 'ERR_RECORD_START', sink: 'file' })
    expect(failed.message).toContain('/dev/null/x.jsonl')
    const custom = Recorder.start({ pvs: ['a'], sinks: { mine: { type: 'custom' } } })
    expect((await rejection(custom)).message).toContain('"mine"')
    const reason = new Error('enough')
    expect(
      await rejection(Recorder.start({ pvs: ['a'], sinks }, { signal: AbortSignal.abort(reason) })),
    ).toBe(reason)
  })
})

describe('a file of JSON lines', () => {
  it('is recorded into and read back while it grows', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'node-pvxs-record-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const path = join(dir, 'lab.jsonl')
    const t = double(1)
    const { recorder } = await recording({ t }, { sinks: { file: { type: 'jsonl', path } } })
    await until(() => recorder.pv('t')?.received === 1, 'it has come')
    t.post({ value: 2 })
    await until(() => recorder.pv('t')?.received === 2, 'it has come')
    await recorder.flush()
    expect((await new JsonlStore(path).at(['t'], new Date()))[0]).toMatchObject({ value: 2 })
  })
})
