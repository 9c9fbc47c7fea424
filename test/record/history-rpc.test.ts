// History by PVAccess RPC.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Server } from 'node-pvxs'
import { NTURI, RemoteError, SharedPV, NTScalar, type Context, type Value } from 'node-pvxs'
import { serveHistory, type ServeHistoryOptions } from 'node-pvxs/record'
import type { History, Sample, Series } from 'node-pvxs/telemetry'
import { deferred, leavesNothing, loopback, rejection, until } from '../unit/fixtures.js'
import { LAB, sample, SECOND, SECONDS0, storeOf, T0, temperature } from './history-store.js'

leavesNothing()

interface Stage {
  readonly ctx: Context
  readonly server: Server
  readonly ask: (args: Record<string, unknown>, service?: string) => Promise<Value>
}

async function serving(store: History, options: Partial<ServeHistoryOptions> = {}): Promise<Stage> {
  const { ctx, server } = await loopback({}, { after: onTestFinished })
  const served = await serveHistory(store, { server, ...options })
  onTestFinished(() => served.close())
  return {
    ctx,
    server,
    ask: async (args, service = 'hist') => (await ctx.rpc(service, args)) as Value,
  }
}

const lab = async (options?: Partial<ServeHistoryOptions>): Promise<Stage> =>
  serving(await storeOf(LAB, onTestFinished), options)
const holding = async (samples: readonly Sample[], options?: Partial<ServeHistoryOptions>): Promise<Stage> =>
  serving(await storeOf(samples, onTestFinished), options)

const RANGE = { from: T0, to: T0 + 10n * SECOND }
const columns = (table: Value): Record<string, unknown> => (table.$get('value') as Value).$toObject()

describe('the samples of a PV', () => {
  it('are an NTTable with the type of the series', async () => {
    const { ask } = await lab()
    const table = await ask({ pv: 'lab:t', from: T0, to: T0 + 3n * SECOND + 500_000_000n })
    expect(table.$id).toBe('epics:nt/NTTable:1.0')
    expect(table.$get('descriptor')).toBe('lab:t')
    const names = ['secondsPastEpoch', 'values', 'nanoseconds', 'severity', 'status']
    expect(table.$get('labels')).toEqual(names)
    expect(Object.keys(columns(table))).toEqual(names)
    expect(columns(table)).toEqual({
      secondsPastEpoch: BigInt64Array.from([0, 1, 2, 3], (i) => BigInt(SECONDS0 + i)),
      values: Float64Array.of(0, 1, 2, 3),
      nanoseconds: Int32Array.of(0, 0, 0, 0),
      severity: Int32Array.of(0, 0, 0, 0),
      status: Int32Array.of(0, 0, 0, 0),
    })
  })

  it.each([
    ['float32', 1.5, Float32Array.of(1.5)],
    ['float64', -0, Float64Array.of(-0)],
    ['int8', -128, Int8Array.of(-128)],
    ['int16', -5, Int16Array.of(-5)],
    ['int32', 7, Int32Array.of(7)],
    ['int64', 2n ** 62n + 1n, BigInt64Array.of(2n ** 62n + 1n)],
    ['uint8', 255, Uint8Array.of(255)],
    ['uint16', 65_535, Uint16Array.of(65_535)],
    ['uint32', 4_294_967_295, Uint32Array.of(4_294_967_295)],
    ['uint64', 2n ** 64n - 1n, BigUint64Array.of(2n ** 64n - 1n)],
    ['bool', true, [true]],
    ['string', 'ä\n', ['ä\n']],
    ['enum', 1, Int32Array.of(1)],
  ] as const)('keep their type and value: %s', async (type, value, column) => {
    const { ask } = await holding([sample({ id: 'x', type }, 0, value)])
    expect(columns(await ask({ pv: 'x', ...RANGE }))['values']).toEqual(column)
  })

  it('keep nanoseconds, severity and status', async () => {
    const { ask } = await holding([
      sample(temperature, 0, 1, { time: T0 + 123_456_789n, severity: 2, status: 3 }),
    ])
    expect(columns(await ask({ pv: 'lab:t', ...RANGE }))).toMatchObject({
      secondsPastEpoch: BigInt64Array.of(BigInt(SECONDS0)),
      nanoseconds: Int32Array.of(123_456_789),
      severity: Int32Array.of(2),
      status: Int32Array.of(3),
    })
  })

  it('have NaN for no value where a value is a float, and no row else', async () => {
    const { ask } = await holding([...LAB, sample(temperature, 9.5, null, { severity: 4 })])
    const t = columns(await ask({ pv: 'lab:t', from: T0 + 9n * SECOND, to: T0 + 10n * SECOND }))
    expect(t).toMatchObject({ values: Float64Array.of(9, NaN), severity: Int32Array.of(0, 4) })
    expect(columns(await ask({ pv: 'lab:mode', ...RANGE }))).toMatchObject({
      values: Int32Array.of(0, 1),
      severity: Int32Array.of(0, 2),
    })
  })

  it('of arrays are an NTComplexTable', async () => {
    const wave: Series = { id: 'w', type: 'int16[]' }
    const { ask } = await holding([
      sample(wave, 0, Int16Array.of(1, 2)),
      sample(wave, 1, Int16Array.of()),
      sample(wave, 2, Int16Array.of(-3)),
    ])
    const table = await ask({ pv: 'w', ...RANGE })
    expect(table.$id).toBe('epics:nt/NTComplexTable:1.0')
    expect(columns(table)['values']).toEqual([
      { value: Int16Array.of(1, 2) },
      { value: Int16Array.of() },
      { value: Int16Array.of(-3) },
    ])
  })

  it('of a series that changed its type have one that holds all', async () => {
    const { ask } = await holding([
      sample({ id: 'x', type: 'int32' }, 0, 1),
      sample({ id: 'x', type: 'float64' }, 1, 1.5),
      sample({ id: 'x', type: 'int64' }, 2, 5n),
    ])
    expect(columns(await ask({ pv: 'x', ...RANGE }))['values']).toEqual(Float64Array.of(1, 1.5, 5))
  })

  it('begin with the last one at or before "from", unless told otherwise', async () => {
    const { ask } = await lab()
    const range = { from: T0 + 2n * SECOND + 500_000_000n, to: T0 + 5n * SECOND }
    expect(columns(await ask({ pv: 'lab:t', ...range }))['values']).toEqual(Float64Array.of(2, 3, 4))
    const without = await ask({ pv: 'lab:t', ...range, boundary: false })
    expect(columns(without)['values']).toEqual(Float64Array.of(3, 4))
    const exact = await ask({ pv: 'lab:t', from: T0 + 2n * SECOND, to: T0 + 4n * SECOND })
    expect(columns(exact)['values']).toEqual(Float64Array.of(2, 3))
  })

  it('of a range without any are the one before it, or none', async () => {
    const { ask } = await lab()
    const later = { from: T0 + 100n * SECOND, to: T0 + 200n * SECOND }
    expect(columns(await ask({ pv: 'lab:t', ...later }))['values']).toEqual(Float64Array.of(9))
    const none = await ask({ pv: 'lab:t', ...later, boundary: false })
    expect(columns(none)['values']).toEqual(new Float64Array(0))
    const earlier = await ask({ pv: 'lab:mode', from: 1, to: 2 })
    expect(columns(earlier)['values']).toEqual(new Int32Array(0))
    const moment = await ask({ pv: 'lab:t', from: T0 + 5n * SECOND, to: T0 + 5n * SECOND })
    expect(columns(moment)['values']).toEqual(Float64Array.of(5))
  })

  it('are as many as "limit" allows', async () => {
    const { ask } = await lab()
    expect(columns(await ask({ pv: 'lab:t', ...RANGE, limit: 3 }))['values']).toEqual(
      Float64Array.of(0, 1, 2),
    )
    const behind = { pv: 'lab:t', from: T0 + 5n * SECOND + 1n, to: T0 + 10n * SECOND }
    expect(columns(await ask({ ...behind, limit: '2' }))['values']).toEqual(Float64Array.of(5, 6))
    expect(columns(await ask({ ...behind, limit: 1 }))['values']).toEqual(Float64Array.of(5))
  })

  it('are those of the last hour by default', async () => {
    const now = BigInt(Date.now()) * 1_000_000n
    const { ask } = await holding(
      [2 * 3_600, 90 * 60, 60].map((ago) => ({
        ...sample(temperature, 0, ago),
        time: now - BigInt(ago) * SECOND,
      })),
    )
    expect(columns(await ask({ pv: 'lab:t' }))['values']).toEqual(Float64Array.of(90 * 60, 60))
  })

  it.each([
    ['ISO text', '2023-11-14T22:13:25Z', '2023-11-14T22:13:26.000000001Z'],
    ['seconds as a number', SECONDS0 + 5, SECONDS0 + 6.5],
    ['seconds as text', `${SECONDS0 + 5}`, `${SECONDS0 + 6}.5`],
    ['nanoseconds as text', `${T0 + 5n * SECOND}`, `${T0 + 6n * SECOND + 1n}`],
    ['nanoseconds as an integer', T0 + 5n * SECOND, T0 + 6n * SECOND + 1n],
  ])('are asked for with times as %s', async (_, from, to) => {
    const { ask } = await lab()
    expect(columns(await ask({ pv: 'lab:t', from, to }))['values']).toEqual(Float64Array.of(5, 6))
  })

  it('are asked for with times before now', async () => {
    const now = BigInt(Date.now()) * 1_000_000n
    const { ask } = await holding(
      [600, 420, 60].map((ago) => ({ ...sample(temperature, 0, ago), time: now - BigInt(ago) * SECOND })),
    )
    for (const from of ['8 minutes ago', '-8m', '480 s ago'])
      expect(columns(await ask({ pv: 'lab:t', from, to: 'now', boundary: 'false' }))['values']).toEqual(
        Float64Array.of(420, 60),
      )
  })

  it('of several PVs are tables by name', async () => {
    const { ask } = await lab()
    const several = await ask({ pv: 'lab:t, lab:mode', ...RANGE, limit: 2 })
    const tables = several.$get('value') as unknown as { value: { pvName: string; value: Value } }[]
    expect(tables.map(({ value }) => value.pvName)).toEqual(['lab:t', 'lab:mode'])
    expect(tables.map(({ value }) => columns(value.value)['values'])).toEqual([
      Float64Array.of(0, 1),
      Int32Array.of(0, 1),
    ])
  })

  it.each(['plain fields', 'a structure "query"', 'an NTURI'])('are asked for by %s', async (form) => {
    const { ctx } = await lab()
    const args = { pv: 'lab:t', from: String(T0), to: String(T0 + 2n * SECOND) }
    const { ask } = { ask: (value: object) => ctx.rpc('hist', value) }
    const Query = new NTURI({ pv: 'string', from: 'string', to: 'string' })
    const table = await (form === 'plain fields'
      ? ask(args)
      : form === 'an NTURI'
        ? ask(Query.call(args))
        : ask({ query: args }))
    expect(columns(table as Value)['values']).toEqual(Float64Array.of(0, 1))
  })
})

describe('windows of a PV', () => {
  it('are a table with mean, min, max, count and deviation', async () => {
    const { ask } = await lab()
    const table = await ask({ pv: 'lab:t', ...RANGE, width: '4s' })
    expect(table.$get('labels')).toEqual(Object.keys(columns(table)))
    // T0 is a multiple of 4 s.
    const deviation = Math.sqrt(5 / 3)
    expect(columns(table)).toMatchObject({
      secondsPastEpoch: BigInt64Array.from([0, 4, 8], (i) => BigInt(SECONDS0 + i)),
      values: Float64Array.of(1.5, 5.5, 8.5),
      nanoseconds: Int32Array.of(0, 0, 0),
      severity: Int32Array.of(0, 0, 0),
      status: Int32Array.of(0, 0, 0),
      min: Float64Array.of(0, 4, 8),
      max: Float64Array.of(3, 7, 9),
      count: Int32Array.of(4, 4, 2),
      stddev: Float64Array.of(deviation, deviation, Math.sqrt(0.5)),
    })
  })

  it('of one value have no deviation, and a range without samples has none', async () => {
    const { ask } = await lab()
    const one = await ask({ pv: 'lab:t', ...RANGE, width: 1, limit: 1 })
    expect(columns(one)).toMatchObject({ values: Float64Array.of(0), stddev: Float64Array.of(NaN) })
    const none = await ask({ pv: 'lab:t', from: 1, to: 2, width: '1h' })
    expect(columns(none)['count']).toEqual(new Int32Array(0))
  })
})

describe('operators round a name', () => {
  it.each([
    ['mean_4(lab:t)', [1.5, 5.5, 8.5]],
    ['min_4(lab:t)', [0, 4, 8]],
    ['max_4(lab:t)', [3, 7, 9]],
    ['count_4(lab:t)', [4, 4, 2]],
    ['std_1(lab:t)', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['firstSample_4(lab:t)', [0, 4, 8]],
    ['lastSample_4(lab:t)', [3, 7, 9]],
    ['nth_4(lab:t)', [0, 4, 8]],
    ['optimized_10(lab:t)', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['mean(lab:t)', [4.5]],
  ])('%s', async (pv, values) => {
    const { ask } = await lab()
    const table = await ask({ pv, ...RANGE })
    expect(Array.from(columns(table)['values'] as Float64Array)).toEqual(values)
    expect(table.$get('descriptor')).toBe('lab:t')
  })

  it('optimized gives mean, deviation, min, max and count of windows when there are more samples', async () => {
    const { ask } = await lab()
    const table = await ask({ pv: 'optimized_4(lab:t)', ...RANGE })
    expect(table.$id).toBe('epics:nt/NTComplexTable:1.0')
    // 4 s wide, the least with which no more than 4 windows touch 10 s.
    const deviation = Math.sqrt(5 / 3)
    expect(columns(table)['values']).toEqual([
      { value: Float64Array.of(1.5, deviation, 0, 3, 4) },
      { value: Float64Array.of(5.5, deviation, 4, 7, 4) },
      { value: Float64Array.of(8.5, Math.sqrt(0.5), 8, 9, 2) },
    ])
  })

  it('that nobody knows are an error, unless a PV has that name', async () => {
    const { ask } = await holding([...LAB, sample({ id: 'ring(1)', type: 'float64' }, 0, 7)])
    expect((await rejection(ask({ pv: 'meen_4(lab:t)', ...RANGE }))).message).toContain(
      'unknown operator meen',
    )
    expect(columns(await ask({ pv: 'ring(1)', ...RANGE }))['values']).toEqual(Float64Array.of(7))
  })
})

describe('a search', () => {
  it.each([
    [{ pv: 'lab:*' }, ['lab:mode', 'lab:t']],
    [{ pv: 'lab:t' }, ['lab:t']],
    [{ pv: '*', limit: 1 }, ['lab:mode']],
    [{ pv: 'nothing*' }, []],
    [{ regex: '^lab:[a-z]$' }, ['lab:t']],
    [{ regex: 'lab:.*' }, ['lab:mode', 'lab:t']],
  ])('%j', async (args, names) => {
    const { ask } = await lab()
    expect((await ask(args, 'hist:search')).$get('value')).toEqual(names)
  })
})

describe('the state at one time', () => {
  it('is a table with a row for each PV that has one', async () => {
    const { ask } = await lab()
    const table = await ask({ pv: 'lab:t,lab:mode', time: T0 + 5n * SECOND + 1n }, 'hist:at')
    expect(columns(table)).toEqual({
      pv: ['lab:t', 'lab:mode'],
      secondsPastEpoch: BigInt64Array.of(BigInt(SECONDS0 + 5), BigInt(SECONDS0 + 4)),
      values: ['5', 'On'],
      nanoseconds: Int32Array.of(0, 0),
      severity: Int32Array.of(0, 2),
      status: Int32Array.of(0, 3),
    })
    const before = await ask({ pv: 'lab:t', time: 5 }, 'hist:at')
    expect(columns(before)['pv']).toEqual([])
    expect(columns(await ask({ pv: 'lab:t' }, 'hist:at'))['values']).toEqual(['9'])
  })
})

describe('what is asked wrong', () => {
  it.each([
    ['hist', {}, 'the argument "pv" is missing'],
    ['hist', { pv: '' }, '"pv" is the name of a PV'],
    ['hist', { pv: 5 }, '"pv" is the name of a PV'],
    ['hist', { pv: 'a,,b' }, '"pv" is the name of a PV'],
    ['hist', { pv: 'lab:u' }, 'unknown PV "lab:u"'],
    ['hist', { pv: 'lab:t,lab:u' }, 'unknown PV "lab:u"'],
    ['hist', { pv: 'lab:u', width: '1s' }, 'unknown PV "lab:u"'],
    ['hist', { pv: 'mean_60(lab:u)' }, 'unknown PV "lab:u"'],
    ['hist', { pv: 'lab:t', from: 'yesterday' }, '"from" is a time'],
    ['hist', { pv: 'lab:t', from: '2023-02-30T00:00:00Z' }, '"from" is a time'],
    ['hist', { pv: 'lab:t', from: -5 }, '"from" is a time'],
    ['hist', { pv: 'lab:t', from: NaN }, '"from" is a time'],
    ['hist', { pv: 'lab:t', to: '5 fortnights ago' }, '"to" is a time'],
    ['hist', { pv: 'lab:t', from: 200, to: 100 }, '"to" is before "from"'],
    ['hist', { pv: 'lab:t', limit: 0 }, '"limit" is a whole number above 0'],
    ['hist', { pv: 'lab:t', limit: 1.5 }, '"limit" is a whole number above 0'],
    ['hist', { pv: 'lab:t', width: '5 parsecs' }, '"width" is a span'],
    ['hist', { pv: 'lab:t', width: 0 }, '"width" is a span'],
    ['hist', { pv: 'lab:t', boundary: 'maybe' }, '"boundary" is true or false'],
    ['hist', { pv: 'lab:t', form: 5 }, 'unknown argument "form"; did you mean "from"?'],
    ['hist', { pv: 'nth(lab:t)' }, 'the operator nth has a number'],
    ['hist', { pv: 'mean_0(lab:t)' }, 'the operator mean_0'],
    ['hist:search', {}, '"pv" (a glob) or "regex" is missing'],
    ['hist:search', { pv: '*', regex: '.' }, '"pv" and "regex": give one of them'],
    ['hist:search', { regex: '(' }, '"regex" is not a regular expression'],
    ['hist:search', { regex: 7 }, '"regex" is a regular expression'],
    ['hist:search', { pv: '*', limit: -1 }, '"limit" is a whole number'],
    ['hist:at', { time: 5 }, 'the argument "pv" is missing'],
    ['hist:at', { pv: 'lab:u' }, 'unknown PV "lab:u"'],
    ['hist:at', { pv: 'lab:t', time: {} }, '"time" is a time'],
  ])('%s %j', async (service, args, message) => {
    const { ask } = await lab()
    const error = await rejection(ask(args, service))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain(message)
  })

  it('is told by "help"', async () => {
    const { ask } = await lab()
    for (const service of ['hist', 'hist:search', 'hist:at'])
      expect((await ask({ help: true }, service)).$get('value')).toContain('pv: ')
  })

  it('is more than "maxSamples"', async () => {
    const { ask } = await lab({ maxSamples: 5 })
    expect((await rejection(ask({ pv: 'lab:t', ...RANGE }))).message).toContain('more than 5 samples')
    expect((await rejection(ask({ pv: 'lab:t,lab:mode', ...RANGE, limit: 4 }))).message).toContain(
      'more than 5 samples',
    )
    const five = await ask({ pv: 'lab:t', from: T0 + SECOND, to: T0 + 6n * SECOND })
    expect(columns(five)['values']).toHaveLength(5)
  })

  it('is a regular expression that explodes, and others are answered meanwhile', async () => {
    const { ask } = await holding([sample({ id: `${'a'.repeat(60)}!`, type: 'float64' }, 0, 1), ...LAB])
    const exploding = rejection(ask({ regex: '^(a+)+$' }, 'hist:search'))
    expect(columns(await ask({ pv: 'lab:t', ...RANGE, limit: 1 }))['values']).toHaveLength(1)
    expect((await exploding).message).toContain('takes more than')
  })
})

/** A store whose reads wait until they are told to go on, or are given up. */
class WaitingStore implements History {
  begun = 0
  ended = 0
  readonly go = deferred()

  async *read(_: string, __: unknown, options?: { signal?: AbortSignal }): AsyncGenerator<Sample[]> {
    this.begun++
    try {
      yield [sample(temperature, 0, 1)]
      await Promise.race([
        this.go.promise,
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
        }),
      ])
    } finally {
      this.ended++
    }
  }
  async *windows(): AsyncGenerator<never> {}
  at(ids: readonly string[]): Promise<(Sample | null)[]> {
    return Promise.resolve(ids.map(() => null))
  }
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
  async *find(): AsyncGenerator<Series> {
    yield temperature
  }
}

describe('a service', () => {
  it('ends the read of a client that goes away', async () => {
    const store = new WaitingStore()
    const { ctx } = await serving(store)
    const leave = new AbortController()
    const asked = ctx.rpc('hist', { pv: 'x' }, { signal: leave.signal })
    await until(() => store.begun === 1, 'the read begins')
    leave.abort()
    await rejection(asked)
    await until(() => store.ended === 1, 'the read ends')
  })

  it('gives up a store that does not answer in time', async () => {
    const store = new WaitingStore()
    const { ask } = await serving(store, { timeout: 50 })
    expect((await rejection(ask({ pv: 'x' }))).message).toContain('did not answer within 50 ms')
    await until(() => store.ended === 1, 'the read ends')
  })

  it('gathers few answers at once, and lets the others wait', async () => {
    const store = new WaitingStore()
    const { ask } = await serving(store)
    const asked = Array.from({ length: 9 }, () => ask({ pv: 'x' }))
    await until(() => store.begun === 4, 'four begin')
    store.go.resolve()
    await Promise.all(asked)
    expect([store.begun, store.ended]).toEqual([9, 9])
  })

  it('tells why a store cannot be read', async () => {
    const { ask } = await serving(
      new (class extends WaitingStore {
        override at(): Promise<never> {
          return Promise.reject(new Error('the disk is gone'))
        }
      })(),
    )
    expect((await rejection(ask({ pv: 'x' }))).message).toContain(
      'the store cannot be read: the disk is gone',
    )
  })

  it('has a name of its own, and takes its names away at the end', async () => {
    const { server, ctx } = await loopback({}, { after: onTestFinished })
    const store = await storeOf(LAB, onTestFinished)
    const served = await serveHistory(store, { server, service: 'lab:hist' })
    expect(served.services).toEqual(['lab:hist', 'lab:hist:search', 'lab:hist:at'])
    await ctx.rpc('lab:hist', { pv: 'lab:t' })
    await served.close()
    await served.close()
    // The channel of a client that was there outlives the name.
    expect((await rejection(ctx.rpc('lab:hist', { pv: 'lab:t' }))).message).toContain('served no more')
    expect(served.url).toBe(undefined)
  })

  it('refuses wrong options and a name that is taken', async () => {
    const { server } = await loopback(
      { 'hist:at': SharedPV.mailbox(new NTScalar('int32')) },
      { after: onTestFinished },
    )
    const store = await storeOf(LAB, onTestFinished)
    for (const [options, message] of [
      [{ server: 5 }, '"server" is a Server'],
      [{ server, service: '' }, 'name'],
      [{ server, http: { port: -1 } }, '"port" is an integer'],
      [{ server, http: {} }, '"http" has a port'],
      [{ server, maxSamples: 0 }, '"maxSamples" is an integer'],
      [{ server, timeout: 0 }, '"timeout" is a number of milliseconds'],
      [{ server, prot: 5 }, 'unknown option "prot"'],
    ] as const)
      expect((await rejection(serveHistory(store, options as never))).message).toContain(message)
    expect((await rejection(serveHistory({} as never, { server }))).message).toContain('with read()')
    expect((await rejection(serveHistory(store, { server }))).message).toContain('hist:at')
    // What it had added is gone again.
    const served = await serveHistory(store, { server, service: 'hist2' })
    await served.close()
    server.addPV('hist', SharedPV.mailbox(new NTScalar('int32')))
  })
})
