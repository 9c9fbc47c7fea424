// Bad input at the public door: PV names (A), options (B). Each case with what becomes of it.
import { describe, expect, it } from 'vitest'
import {
  Context,
  NTEnum,
  NTMultiChannel,
  NTNDArray,
  NTScalar,
  NTTable,
  PvRequest,
  Server,
  SharedPV,
  StaticSource,
  TypeDef,
} from 'node-pvxs'
import { leavesNothing, loopback, rejection, thrown } from '../unit/fixtures.js'

leavesNothing()

const ARGUMENT = 'ERR_PVA_ARGUMENT'
const TIMEOUT = 'ERR_PVA_TIMEOUT' // it is a name like others, which nobody serves

describe('A. PV names', () => {
  const names: readonly (readonly [string, unknown, string])[] = [
    ['empty', '', ARGUMENT],
    ['one space', ' ', ARGUMENT],
    ['trailing space', 'x ', ARGUMENT],
    ['leading tab', '\tx', ARGUMENT],
    ['tab inside', 'a\tb', ARGUMENT],
    ['NUL inside', 'a\0b', ARGUMENT],
    ['59 characters', 'n'.repeat(59), TIMEOUT],
    ['60 characters', 'n'.repeat(60), TIMEOUT],
    ['255 bytes', 'n'.repeat(255), TIMEOUT],
    ['1024 bytes', 'n'.repeat(1_024), TIMEOUT],
    ['1025 bytes', 'n'.repeat(1_025), ARGUMENT],
    ['1390 bytes, the most that one search holds', 'n'.repeat(1_390), ARGUMENT],
    ['1024 characters of two bytes', 'é'.repeat(1_024), ARGUMENT],
    ['64 KiB', 'n'.repeat(65_536), ARGUMENT],
    ['emoji', 'lab:🚀', TIMEOUT],
    ['composed (NFC)', 'lab:\u00e9', TIMEOUT],
    ['decomposed (NFD)', 'lab:e\u0301', TIMEOUT],
    ['right-to-left mark', 'lab:\u200fx', TIMEOUT],
    ['lone surrogate', 'lab:\ud800', ARGUMENT],
    ['ca://', 'ca://lab', ARGUMENT],
    ['pva:// alone', 'pva://', ARGUMENT],
    ['JSON channel filter', 'lab.{"arr":{"s":1}}', TIMEOUT],
    ['percent-encoded', 'lab%3Ax', TIMEOUT],
    ['C1 control', 'lab\u0085x', ARGUMENT],
    ['String object', new String('x'), ARGUMENT],
    ['number', 5, ARGUMENT],
    ['null', null, ARGUMENT],
    ['undefined', undefined, ARGUMENT],
    ['array', ['x'], ARGUMENT],
    ['symbol', Symbol('x'), ARGUMENT],
    ['object that throws when printed', { toString: () => { throw new Error('mine') } }, ARGUMENT], // prettier-ignore
  ]

  it.each(names)('%s', async (_, name, code) => {
    await using it = await loopback()
    const options = { timeout: 60 }
    const given = name as string
    const calls: Promise<unknown>[] = [
      it.ctx.get(given, options),
      it.ctx.put(given, 1, options),
      it.ctx.rpc(given, {}, options),
      it.ctx.info(given, options),
      it.ctx.getAll([given], options),
    ]
    for (const error of await Promise.all(calls.map(rejection))) expect(error.code).toBe(code)
    if (code === ARGUMENT) {
      for (const work of [() => it.ctx.monitor(given), () => it.ctx.connect(given)])
        expect(thrown(work).code).toBe(code)
      expect(thrown(() => it.server.addPV(given, SharedPV.mailbox(new NTScalar('int32')))).code).toBe(code)
    } else {
      await it.ctx.monitor(given).close()
      await it.ctx.connect(given).close()
      it.server.addPV(given, SharedPV.mailbox(new NTScalar('int32'), { value: 3 }))
      expect((await it.ctx.get(given, { timeout: 15_000 })).value).toBe(3)
    }
  })

  it.each([
    ['composed and decomposed', 'lab:\u00e9', 'lab:e\u0301'],
    ['with and without a right-to-left mark', 'lab:x', 'lab:\u200fx'],
    ['percent-encoded and not', 'lab:x', 'lab%3Ax'],
    ['with and without a channel filter', 'lab', 'lab.{"arr":{"s":1}}'],
  ])('%s: two names', async (_, one, other) => {
    const pv = (value: number): SharedPV => SharedPV.mailbox(new NTScalar('int32'), { value })
    await using it = await loopback({ [one]: pv(1), [other]: pv(2) })
    expect((await it.ctx.getAll([one, other])).map(({ value }) => value)).toEqual([1, 2])
  })

  it('a name in use is found with pva:// before it', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 3 }) })
    expect((await it.ctx.get('pva://x')).value).toBe(3)
  })
})

describe('B. options', () => {
  const ok = 'accepted'
  const abort = 'mine'
  const aborting = { get signal(): AbortSignal { return AbortSignal.abort(new Error(abort)) } } // prettier-ignore
  const explosive = new Proxy({}, { ownKeys: () => { throw new Error('trap') }, get: () => { throw new Error('trap') } }) // prettier-ignore
  const get: readonly (readonly [string, unknown, string])[] = [
    ['timeout 0', { timeout: 0 }, ARGUMENT],
    ['timeout negative', { timeout: -1 }, ARGUMENT],
    ['timeout NaN', { timeout: NaN }, ARGUMENT],
    ['timeout "5"', { timeout: '5' }, ARGUMENT],
    ['timeout 2^31', { timeout: 2 ** 31 }, ok],
    ['timeout 1e300', { timeout: 1e300 }, ok],
    ['timeout Infinity', { timeout: Infinity }, ok],
    ['timeout null', { timeout: null }, ARGUMENT],
    ['timeout bigint', { timeout: 5n }, ARGUMENT],
    ['connectTimeout 0', { connectTimeout: 0 }, ARGUMENT],
    ['null', null, ARGUMENT],
    ['array', [], ARGUMENT],
    ['text', 'fast', ARGUMENT],
    ['function', () => 1, ARGUMENT],
    ['unknown key', { timeuot: 5 }, ARGUMENT],
    ['frozen', Object.freeze({ timeout: 5_000 }), ok],
    ['without prototype', Object.assign(Object.create(null) as object, { timeout: 5_000 }), ok],
    ['Proxy that throws', explosive, ARGUMENT],
    ['signal aborted already', { signal: AbortSignal.abort(new Error(abort)) }, abort],
    ['signal aborted in a getter', aborting, abort],
    ['signal that is none', { signal: {} }, ARGUMENT],
    ['request record[a=]', { request: 'record[a=]' }, ARGUMENT],
    ['request unbalanced', { request: 'field(value' }, ARGUMENT],
    ['request number', { request: 5 }, ARGUMENT],
    ['request of an unknown field', { request: 'field(nothing)' }, 'ERR_PVA_REMOTE'],
    ['fields text', { fields: 'value' }, ARGUMENT],
    ['fields of a number', { fields: [1] }, ARGUMENT],
    ['server without port', { server: '127.0.0.1:' }, ARGUMENT],
    ['server port 65536', { server: '127.0.0.1:65536' }, ARGUMENT],
    ['server empty', { server: '' }, ARGUMENT],
    ['type text', { type: 'int32' }, ARGUMENT],
  ]

  const codeOf = (error: { code?: string; message: string }): string => error.code ?? error.message

  it.each(get)('get: %s', async (_, options, expected) => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32')) })
    const got = await it.ctx.get('x', options as object).then(() => ok, codeOf)
    expect(got).toBe(expected)
  })

  // whichever call it is, what is refused is refused by naming it
  const everywhere: readonly (readonly [string, unknown, RegExp])[] = [
    ['timeout 0', { timeout: 0 }, /"timeout"/],
    ['timeout NaN', { timeout: NaN }, /"timeout"/],
    ['timeout "5"', { timeout: '5' }, /"timeout"/],
    ['timeout null', { timeout: null }, /"timeout"/],
    ['signal that is none', { signal: {} }, /"signal"/],
    ['request record[a=]', { request: 'record[a=]' }, /request "record\[a=\]", character 10/],
    ['request unbalanced', { request: 'field(value' }, /request "field\(value", character 12/],
    ['request number', { request: 5 }, /request/],
    ['fields text', { fields: 'value' }, /"fields"/],
    ['server port 65536', { server: '127.0.0.1:65536' }, /127\.0\.0\.1:65536/],
    ['type text', { type: 'int32' }, /"type"/],
    ['priority 256', { priority: 256 }, /unknown option "priority"/],
    ['array', [], /options of \w+ are an object/],
    ['null', null, /options of \w+ are an object, not null/],
    ['Proxy that throws', explosive, /options/],
  ]
  const calls: Readonly<Record<string, (ctx: Context, options: never) => Promise<unknown>>> = {
    put: (ctx, options) => ctx.put('x', 1, options),
    'put of a function': (ctx, options) => ctx.put('x', () => 1, options),
    rpc: (ctx, options) => ctx.rpc('x', {}, options),
    info: (ctx, options) => ctx.info('x', options),
    getAll: (ctx, options) => ctx.getAll(['x'], options),
    getAllSettled: (ctx, options) => ctx.getAllSettled(['x'], options),
    list: (ctx, options) => ctx.list('127.0.0.1:1', options),
    serverInfo: (ctx, options) => ctx.serverInfo('127.0.0.1:1', options),
    monitor: async (ctx, options) => ctx.monitor('x', options).close(),
    monitorAll: async (ctx, options) => ctx.monitorAll(['x'], options)[Symbol.asyncIterator]().next(),
    connect: async (ctx, options) => ctx.connect('x', options).close(),
    discover: async (ctx, options) => ctx.discover(options)[Symbol.asyncIterator]().next(),
  }
  it.each(Object.entries(calls))('%s refuses them too, by name', async (_, call) => {
    await using ctx = new Context({ useEnv: false, addressList: ['127.0.0.1:9'], autoAddressList: false })
    for (const [label, options, named] of everywhere) {
      const error = await rejection(call(ctx, options as never))
      expect({ label, code: error.code }).toEqual({ label, code: ARGUMENT })
      // where there is no such option, this is said
      expect(error.message).toMatch(new RegExp(`${named.source}|unknown option`))
    }
  })

  it('put and rpc refuse their own options', async () => {
    await using ctx = new Context({ useEnv: false, addressList: ['127.0.0.1:9'], autoAddressList: false })
    for (const [name, value] of [
      ['process', 'yes'],
      ['process', 1],
      ['block', 1],
      ['atMostOnce', 'no'],
    ] as const) {
      // prettier-ignore
      const error = await rejection(ctx.put('x', 1, { [name]: value }))
      expect(error).toMatchObject({ code: ARGUMENT, pv: 'x', op: 'put' })
      expect(error.message).toContain(name)
    }
    expect(await rejection(ctx.rpc('x', {}, { atMostOnce: 1 } as never))).toMatchObject({ code: ARGUMENT, pv: 'x', op: 'rpc' }) // prettier-ignore
  })

  it.each([
    ['stamp "no"', { stamp: 'no' }, /"stamp"/],
    ['unknown key', { stmap: false }, /unknown option "stmap"/],
    ['null', null, /options of \w+ are an object/],
    ['array', [], /options of \w+ are an object/],
  ])('post refuses %s', (_, options, named) => {
    const pv = SharedPV.mailbox(new NTScalar('int32'), { value: 1 })
    const error = thrown(() => pv.post({ value: 2 }, options as never))
    expect(error).toMatchObject({ code: ARGUMENT, op: 'post' })
    expect(error.message).toMatch(named)
    expect(pv.current().value).toBe(1)
  })

  const monitor: readonly (readonly [string, unknown, string])[] = [
    ['queueSize 0', { queueSize: 0 }, ARGUMENT],
    ['queueSize 1', { queueSize: 1 }, ARGUMENT],
    ['queueSize 2', { queueSize: 2 }, ok],
    ['queueSize 1.5', { queueSize: 1.5 }, ARGUMENT],
    ['queueSize "10"', { queueSize: '10' }, ARGUMENT],
    ['queueSize NaN', { queueSize: NaN }, ARGUMENT],
    ['queueSize 1000000', { queueSize: 1_000_000 }, 'ERR_PVA_REMOTE'], // more than the server allows
    ['queueSize 1000001', { queueSize: 1_000_001 }, ARGUMENT],
    ['queueSize in the request', { request: 'record[queueSize=1]field()' }, ARGUMENT],
    ['ackAny 0', { pipeline: true, ackAny: 0 }, ARGUMENT],
    ['ackAny 50%', { pipeline: true, ackAny: '50%' }, ok],
    ['ackAny 0.5%', { pipeline: true, ackAny: '0.5%' }, ok],
    ['ackAny 100%', { pipeline: true, ackAny: '100%' }, ok],
    ['ackAny 0%', { pipeline: true, ackAny: '0%' }, ARGUMENT],
    ['ackAny 0.0%', { pipeline: true, ackAny: '0.0%' }, ARGUMENT],
    ['ackAny 100.5%', { pipeline: true, ackAny: '100.5%' }, ARGUMENT],
    ['ackAny 200%', { pipeline: true, ackAny: '200%' }, ARGUMENT],
    ['ackAny text', { pipeline: true, ackAny: 'half' }, ARGUMENT],
    ['pipeline 1', { pipeline: 1 }, ARGUMENT],
    ['priority', { priority: 256 }, ARGUMENT],
    ['onUpdate text', { onUpdate: 'print' }, ARGUMENT],
    ['events "yes"', { events: 'yes' }, ARGUMENT],
  ]

  it.each(monitor)('monitor: %s', async (_, options, expected) => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32')) })
    let got
    try {
      const subscription = it.ctx.monitor('x', options as object)
      got = await subscription[Symbol.asyncIterator]()
        .next()
        .then(() => ok, codeOf)
      await subscription.close()
    } catch (error) {
      got = codeOf(error as Error)
    }
    expect(got).toBe(expected)
  })

  it.each(['field(', 'field(a', 'record[', 'record[a', 'a)', 'field(a))', 'record[=1]', '(', ']', 'x('])(
    'PvRequest.parse: %s',
    (text) => {
      expect(thrown(() => PvRequest.parse(text)).code).toBe(ARGUMENT)
    },
  )

  const I = new NTScalar('int32')
  const value = I.create({ value: 1 })
  const table = new NTTable({ a: 'int32' })
  const none = undefined as never
  const elsewhere: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['StaticSource of null', () => new StaticSource(null as never), /plain object of SharedPVs, not null/],
    ['StaticSource of a number', () => new StaticSource(5 as never), /plain object of SharedPVs, not 5/],
    ['StaticSource of an array', () => new StaticSource([] as never), /SharedPVs, not an array of 0/],
    ['StaticSource of a Map', () => new StaticSource(new Map() as never), /SharedPVs, not Map object/],
    [
      'StaticSource of what is none',
      () => new StaticSource({ x: 5 as never }),
      /"pvs.x" is a SharedPV, not 5/,
    ],
    ['$toObject, arrays x', () => value.$toObject({ arrays: 'x' as never }), /"arrays" of \$toObject .*"x"/],
    [
      '$toObject, unknown key',
      () => value.$toObject({ array: 'plain' } as never),
      /unknown option "array" of \$toObject; did you mean "arrays"\?/,
    ],
    ['$toObject of a number', () => value.$toObject(5 as never), /options of \$toObject .* not 5/],
    ['$toObject of null', () => value.$toObject(null as never), /options of \$toObject .* not null/],
    ['equals, null', () => I.build().equals(I, null as never), /options of equals .* not null/],
    [
      'equals, unknown key',
      () => I.build().equals(I, { id: true } as never),
      /unknown option "id" of equals; did you mean "ids"\?/,
    ],
    ['$get of undefined', () => value.$get(none), /a path is text, not undefined/],
    ['$has of null', () => value.$has(null as never), /a path is text, not null/],
    ['$isChanged of an object', () => value.$isChanged({} as never), /a path is text, not an object/],
    ['NTEnum.label of undefined', () => NTEnum.label(none), /NTEnum.label takes a Value, not undefined/],
    ['NTEnum.index of an object', () => NTEnum.index({} as never, 'a'), /NTEnum.index takes a Value/],
    ['rows of a number', () => table.rows(5 as never), /NTTable.rows takes a Value, not 5/],
    ['NTTable.from null', () => NTTable.from(null as never), /NTTable.from takes a Value, not null/],
    ['fromRows of a number', () => table.fromRows(5 as never), /rows of a table are an iterable, not 5/],
    ['fromRows of null', () => table.fromRows(null as never), /rows of a table are an iterable, not null/],
    ['unwrap of null', () => NTNDArray.unwrap(null as never), /NTNDArray.unwrap takes a Value, not null/],
    [
      'channels of a number',
      () => NTMultiChannel.channels(5 as never),
      /NTMultiChannel.channels takes a Value/,
    ],
    [
      'mailbox of a scalar type',
      () => SharedPV.mailbox(new TypeDef('int32')),
      /a PV is a structure, not "int32"/,
    ],
    [
      'SharedPV of a scalar type',
      () => new SharedPV({ type: new TypeDef('int32') }),
      /a structure, not "int32"/,
    ],
  ]

  it.each(elsewhere)('%s', (_, work, text) => {
    expect(thrown(work)).toMatchObject({ code: ARGUMENT, message: expect.stringMatching(text) as string })
  })
})

describe('what is wrong with a call names the call, and the PV that is meant', () => {
  type Lab = Awaited<ReturnType<typeof loopback>>
  const I = new NTScalar('int32')
  const request = 'field('
  const cases: readonly (readonly [string, (it: Lab) => unknown, { op: string; pv?: string }])[] = [
    ['get', ({ ctx }) => ctx.get('x', { request }), { op: 'get', pv: 'x' }],
    ['monitor, request', ({ ctx }) => ctx.monitor('x', { request }), { op: 'monitor', pv: 'x' }],
    ['monitor, fields', ({ ctx }) => ctx.monitor('x', { fields: ['a b'] }), { op: 'monitor', pv: 'x' }],
    ['monitorAll', ({ ctx }) => ctx.monitorAll(['x', 'y'], { request }), { op: 'monitorAll' }],
    ['getAll', ({ ctx }) => ctx.getAll(['x', 'y'], { request }), { op: 'getAll', pv: 'x' }],
    ['getAllSettled', ({ ctx }) => ctx.getAllSettled(['x'], { request }), { op: 'getAllSettled', pv: 'x' }],
    ['addPV', ({ server }) => server.addPV('y', 5 as never), { op: 'addPV', pv: 'y' }],
    ['addPV, name', ({ server }) => server.addPV('', SharedPV.mailbox(I)), { op: 'addPV' }],
    ['addPV, taken', ({ server }) => server.addPV('x', SharedPV.mailbox(I)), { op: 'addPV', pv: 'x' }],
    ['removePV', ({ server }) => server.removePV(''), { op: 'removePV' }],
    ['addSource', ({ server }) => server.addSource('s', new StaticSource(), 1.5), { op: 'addSource' }],
    ['removeSource', ({ server }) => server.removeSource('s', 1.5), { op: 'removeSource' }],
    ['Server, pvs', () => new Server({ pvs: { ' ': SharedPV.mailbox(I) } }), { op: 'Server' }],
    ['StaticSource', () => new StaticSource({ ' ': SharedPV.mailbox(I) }), { op: 'StaticSource' }],
    ['add', () => new StaticSource().add('y', 5 as never), { op: 'add', pv: 'y' }],
    ['mailbox, type', () => SharedPV.mailbox('x' as never), { op: 'mailbox' }],
    ['mailbox, initial', () => SharedPV.mailbox(I, { value: 'x' as never }), { op: 'mailbox' }],
    ['readonly, type', () => SharedPV.readonly(new TypeDef('int32')), { op: 'readonly' }],
    ['readonly, initial', () => SharedPV.readonly(I, { value: 'x' as never }), { op: 'readonly' }],
    [
      'SharedPV, initial',
      () => new SharedPV({ type: I, initial: { value: 'x' as never } }),
      { op: 'SharedPV' },
    ],
    ['open', () => new SharedPV({ type: I }).open({ value: 'x' as never }), { op: 'open' }],
  ]

  it.each(cases)('%s', async (_, work, expected) => {
    await using it = await loopback({ x: SharedPV.mailbox(I) })
    const error = await rejection(Promise.resolve(it).then(work))
    expect({ op: error['op'], ...('pv' in error && { pv: error['pv'] }) }).toEqual(expected)
  })
})
