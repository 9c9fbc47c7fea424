import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  any,
  ClosedError,
  Context,
  ConversionError,
  DynamicSource,
  InvalidArgumentError,
  NoFieldError,
  NTEnum,
  NTScalar,
  NTTable,
  RemoteError,
  setLogger,
  SharedPV,
  TimeoutError,
  TypeDef,
  type PutOperation,
  type Value,
} from 'node-pvxs'
import {
  collected,
  deferred,
  Int32,
  int32,
  leavesNothing,
  loopback,
  rejection,
  thrown,
  turn,
  until,
  openWhileUsed,
} from '../fixtures.js'

leavesNothing()

it('short forms that work: mailbox(T, 5), initial: 5, open(5), post(5) and a handler that returns 5', async () => {
  const handled = new SharedPV({ type: Int32, initial: 5, onPut: () => 5 })
  await using it = await loopback({ handled })
  await it.ctx.put('handled', 9)
  for (const pv of [
    SharedPV.mailbox(Int32, 5),
    SharedPV.readonly(Int32, 5),
    new SharedPV({ type: Int32, initial: 5 }),
    new SharedPV({ type: Int32 }).open(5),
    SharedPV.mailbox(Int32).post(5),
    handled,
  ])
    expect(pv.current().value).toBe(5)
})

describe('SharedPV', () => {
  it('is open at once as mailbox and readonly, with defaults where initial says nothing', () => {
    const pv = SharedPV.readonly(new NTScalar('int32', { display: true }), { 'display.units': 'mm' })
    expect(pv.isOpen).toBe(true)
    expect([pv.current().value, pv.current().display.units]).toEqual([0, 'mm'])
    expect(SharedPV.mailbox(new NTScalar('string')).current().value).toBe('')
  })

  it('starts from what the builder of its type makes: a table has its labels', () => {
    const table = new NTTable({ a: 'int32' }, { labels: ['Alpha'] })
    expect(SharedPV.mailbox(table).current().labels).toEqual(['Alpha'])
  })

  it('is closed until open() without initial', () => {
    const pv = new SharedPV({ type: Int32 })
    expect(pv.isOpen).toBe(false)
    expect(thrown(() => pv.current())).toBeInstanceOf(ClosedError)
    expect(thrown(() => pv.post({ value: 1 }))).toBeInstanceOf(ClosedError)
    expect(pv.open({ value: 2 }).current().value).toBe(2)
  })

  it('[70] refuses to be opened twice, or with something that is not a structure; closing twice is fine', () => {
    const pv = int32()
    expect(thrown(() => pv.open())).toBeInstanceOf(InvalidArgumentError)
    pv.close().close()
    expect(pv.isOpen).toBe(false)
    expect(thrown(() => new SharedPV().open())).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => new SharedPV({ type: new TypeDef('int32') as never }))).toBeInstanceOf(
      InvalidArgumentError,
    )
    expect(thrown(() => SharedPV.mailbox('int32' as never))).toBeInstanceOf(InvalidArgumentError)
    for (const bare of [5, 'text', [1], new Float64Array(1)]) {
      expect(thrown(() => new SharedPV().open(bare as never))).toBeInstanceOf(InvalidArgumentError)
    }
  })

  it('errors of open and post say which of them it was', () => {
    expect(thrown(() => new SharedPV().open(5))).toMatchObject({ op: 'open' })
    expect(thrown(() => int32().post({ value: 'x' as never }))).toMatchObject({ op: 'post', path: 'value' })
    expect(thrown(() => int32().post({ nosuch: 1 } as never))).toMatchObject({ op: 'post' })
  })

  it('[69] posts fields, or a Value of another but compatible type', () => {
    const pv = int32()
    pv.post({ value: 5 })
    expect(pv.current().value).toBe(5)
    pv.post(new NTScalar('float64').create({ value: 6 }))
    expect(pv.current().value).toBe(6)
    pv.post('7')
    expect(pv.current().value).toBe(7)
    const error = thrown(() => pv.post({ value: 1.5 }))
    expect(error).toBeInstanceOf(ConversionError)
    expect(error['path']).toBe('value')
    expect(thrown(() => pv.post({ nosuch: 1 } as never))).toBeInstanceOf(NoFieldError)
    expect(pv.current().value).toBe(7)
  })

  it('[73] stamps what is posted without a time, unless told not to', () => {
    const pv = SharedPV.mailbox(Int32)
    expect(pv.current().$timeNs ?? 0n).toBe(0n)
    pv.post({ value: 2 }, { stamp: false })
    expect(pv.current().$timeNs ?? 0n).toBe(0n)
    pv.post({ value: 3 })
    const first = pv.current().$timeNs ?? 0n
    expect(Math.abs(Number(first / 1_000_000n) - Date.now())).toBeLessThan(5_000)
    pv.post({ value: 4, timeStamp: { secondsPastEpoch: 5 } })
    expect(pv.current()['timeStamp.secondsPastEpoch']).toBe(5n)
  })

  it('leaves a value without a time stamp alone', () => {
    const pv = SharedPV.mailbox(new TypeDef('struct', { value: 'int32' }), { value: 1 })
    pv.post(2)
    expect(pv.current().$toObject()).toEqual({ value: 2 })
  })

  // The fields of the types in a value were once counted without an end: after 65,536 nothing was taken any more.
  it('takes any number of values of type any, one after the other and at once', async () => {
    const pv = SharedPV.mailbox(new TypeDef('struct', { one: 'any', many: 'any[]' }))
    const scalar = new NTScalar('float64', { display: true, control: true, valueAlarm: true }).build()
    for (let n = 0; n < 4_000; n++) pv.post({ one: scalar.create({ value: n }) })
    pv.post({ many: Array.from({ length: 4_000 }, (_, n) => scalar.create({ value: n })) })
    await using it = await loopback({ x: pv })
    const v = await it.ctx.get('x')
    expect(v['one->value']).toBe(3_999)
    expect(v['many']).toHaveLength(4_000)
    expect(v['many[3999]->value']).toBe(3_999)
    await it.ctx.put('x', { many: v['many'] })
    expect(pv.current()['many']).toHaveLength(4_000)
  })

  it('whatever is a time by name alone is left alone', () => {
    const type = new TypeDef('struct', {
      value: 'int32',
      timeStamp: { secondsPastEpoch: 'string', nanoseconds: 'int32[]' },
    })
    expect(SharedPV.mailbox(type).post(2).current().$toObject()).toEqual({
      value: 2,
      timeStamp: { secondsPastEpoch: '', nanoseconds: new Int32Array(0) },
    })
  })

  // Subscribers are told in handfuls of what one stretch of code posts.
  it('posts of one turn are told once each and in order, to who was there and to who comes in between', async () => {
    const pv = int32()
    await using it = await loopback({ x: pv })
    const early: number[] = []
    it.ctx.monitor<{ value: number }>('x', { queueSize: 500, onUpdate: (v) => early.push(v.value) })
    await until(() => early.length === 1, 'the first update')
    for (let n = 1; n <= 100; n++) pv.post(n)
    expect(pv.current().value).toBe(100)
    const late: number[] = []
    it.ctx.monitor<{ value: number }>('x', { queueSize: 500, onUpdate: (v) => late.push(v.value) })
    for (let n = 101; n <= 200; n++) {
      pv.post(n)
      if (n % 10 === 0) await turn()
    }
    await until(() => early.at(-1) === 200 && late.at(-1) === 200, 'the last updates')
    expect(early).toEqual(Array.from({ length: 201 }, (_, n) => n))
    expect(late).toEqual(Array.from({ length: late.length }, (_, n) => 201 - late.length + n))
  })

  // What a handler returns is posted in a handful with what else it posts.
  it('a client that has put hears of the change before it hears that it is done', async () => {
    const other = int32()
    const pv: SharedPV<{ value: number }> = new SharedPV({
      type: new NTScalar('int32'),
      initial: 0,
      onPut({ value: { value } }) {
        for (let n = 0; n < 8; n++) other.post(n)
        return { value }
      },
    })
    await using it = await loopback({ x: pv, other })
    const seen: number[] = []
    it.ctx.monitor<{ value: number }>('x', { onUpdate: (v) => seen.push(v.value) })
    it.ctx.monitor('other', { onUpdate: () => undefined })
    await until(() => seen.length === 1 && other.subscribers === 1, 'the first update')
    for (let n = 1; n <= 100; n++) {
      await it.ctx.put('x', n)
      expect(seen.at(-1)).toBe(n)
    }
  })

  it('[75] serves every kind of field', async () => {
    const type = new TypeDef('struct', {
      flags: 'bool[]',
      rows: [{ a: 'int32', b: 'string' }],
      choice: new TypeDef('union', { n: 'int32', s: 'string' }),
      choices: new TypeDef('union[]', { n: 'int32', s: 'string' }),
      what: 'any',
      whats: 'any[]',
      big: 'uint64',
    })
    const initial = {
      flags: [true, false],
      rows: [{ a: 1, b: 'x' }, null],
      choice: { select: 's' as const, value: 'text' },
      choices: [{ select: 'n' as const, value: 1 }, null],
      what: any('int16', 3),
      whats: [1, 'two', null],
      big: 2n ** 64n - 1n,
    }
    await using it = await loopback({ x: SharedPV.mailbox(type, initial), y: SharedPV.mailbox(type) })
    const v = await it.ctx.get('x')
    expect(v.toJSON()).toEqual(type.create(initial).toJSON())
    await it.ctx.put('y', v)
    expect((await it.ctx.get('y')).toJSON()).toEqual(v.toJSON())
  })

  it('counts its subscribers', async () => {
    const pv = int32()
    await using it = await loopback({ x: pv })
    expect(pv.subscribers).toBe(0)
    const subs = [it.ctx.monitor('x'), it.ctx.monitor('x')]
    await until(() => pv.subscribers === 2, 'both subscribers')
    await subs[0]?.close()
    await until(() => pv.subscribers === 1, 'one of them gone')
    await subs[1]?.close()
  })

  it('gives each subscriber a copy: a slow one does not change what a fast one receives', async () => {
    const pv = int32(0)
    await using it = await loopback({ x: pv })
    await using slowCtx = new Context(it.server.clientConfig())
    const slow = slowCtx.monitor('x', { queueSize: 2 })
    await slow.ready
    const fast = it.ctx.monitor('x', { queueSize: 100 })[Symbol.asyncIterator]()
    await fast.next()
    for (let k = 1; k <= 50; k++) pv.post({ value: k })
    for (let k = 1; k <= 50; k++) expect(((await fast.next()).value as Value).value).toBe(k)
    await fast.return?.()
    await slow.close()
  })

  it('takes labels for an NTEnum', () => {
    const pv = SharedPV.mailbox(new NTEnum(), { value: { choices: ['OFF', 'ON'], index: 0 } })
    pv.post('ON')
    expect(pv.current().value.index).toBe(1)
    expect(thrown(() => pv.post('nosuch'))).toBeInstanceOf(ConversionError)
  })

  it('[124] refuses unknown options and what is not a function', () => {
    expect(thrown(() => new SharedPV({ nosuch: 1 } as never)).message).toContain('nosuch')
    expect(thrown(() => new SharedPV({ onPut: 5 } as never)).message).toContain('onPut')
    expect(thrown(() => new SharedPV(null as never))).toBeInstanceOf(InvalidArgumentError)
    expect(thrown(() => int32().post(1, { stamp: 1 } as never)).message).toContain('stamp')
  })
})

describe('hooks', () => {
  it('[15] [61] open in the first and close in the last: works, and the PV is closed afterwards', async () => {
    const { pv, hooks } = openWhileUsed(3)
    await using it = await loopback({ x: pv })
    expect((await it.ctx.get('x')).value).toBe(3)
    it.ctx.clearCache('x', 'disconnect')
    await until(() => !pv.isOpen, 'the last disconnect')
    expect(hooks).toEqual(['first', 'last at 3'])
  })

  it('fire once for each period, however many channels there are', async () => {
    const calls: string[] = []
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onFirstConnect: () => void calls.push('first'),
      onLastDisconnect: () => void calls.push('last'),
    })
    await using it = await loopback({ a: pv, b: pv })
    await using other = new Context(it.server.clientConfig())
    await Promise.all([it.ctx.get('a'), it.ctx.get('b'), other.get('a')])
    await it.ctx.close()
    await other.close()
    await until(() => calls.length === 2, 'the hooks')
    expect(calls).toEqual(['first', 'last'])
  })

  it('[62] the last one runs when the server stops', async () => {
    const gone = deferred()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onLastDisconnect: () => gone.resolve(),
    })
    await using it = await loopback({ x: pv })
    const sub = it.ctx.monitor('x')
    await sub.ready
    await it.server.stop()
    await gone.promise
    await sub.close()
  })

  it('[62] the last one runs when the PV is closed', async () => {
    const gone = deferred()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onLastDisconnect: () => gone.resolve(),
    })
    await using it = await loopback({ x: pv })
    await it.ctx.get('x')
    pv.close()
    await gone.promise
  })
})

describe('operations', () => {
  beforeAll(() => setLogger(() => undefined)) // what handlers throw is logged
  afterAll(() => setLogger(null))

  it('[67] the text of what a handler throws becomes the error of the client', async () => {
    class Odd {
      toString() {
        return 'odd one'
      }
    }
    const cases: [unknown, string][] = [
      [new Error('plain'), 'plain'],
      ['just text', 'just text'],
      [new Odd(), 'odd one'],
      [new Error(''), 'without a reason'],
      [undefined, 'the handler threw undefined'],
      [null, 'the handler threw null'],
      [{ a: 1 }, 'the handler threw an object'],
      [5, 'the handler threw 5'],
      [
        {
          toString: () => {
            throw new Error('x')
          },
        },
        'the handler threw an object',
      ],
    ]
    for (const [value, text] of cases) {
      for (const later of [false, true]) {
        const onPut = () => {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handlers throw what they like
          if (later) return Promise.reject(value)
          throw value
        }
        await using it = await loopback({
          x: new SharedPV({ type: Int32, initial: {}, onPut }),
        })
        const error = await rejection(it.ctx.put('x', 1))
        expect(error).toBeInstanceOf(RemoteError)
        expect(error.message).toContain(text)
      }
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
  ])('a put whose handler returns %s is done, and nothing is posted', async (_, returned) => {
    const pv = new SharedPV({ type: Int32, initial: { value: 3 }, onPut: () => returned })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 1)
    expect(pv.current().value).toBe(3)
  })

  it('[68] a handler that returns what does not fit is answered with the reason', async () => {
    const pv = new SharedPV({ type: Int32, initial: {}, onPut: () => 'many' as never })
    await using it = await loopback({ x: pv })
    const error = await rejection(it.ctx.put('x', 1))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('many')
  })

  it('gives a put handler what it needs', async () => {
    const seen = deferred<PutOperation>()
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 7 },
      onPut: (op) => {
        seen.resolve(op)
        expect(op.fetchCurrent().value).toBe(7)
      },
    })
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 9)
    const op = await seen.promise
    expect([op.pvName, op.value.value, [...op.value.$changed]]).toEqual(['x', 9, ['value']])
    expect(op.account).not.toBe('')
    expect(op.interface).toContain('127.0.0.1')
    expect(op.signal.aborted).toBe(false)
    expect((await it.ctx.get('x')).value).toBe(7) // it posted nothing
  })

  it('onGet answers each get anew, upon the current value', async () => {
    let n = 0
    const pv = new SharedPV({
      type: new NTScalar('int32', { display: true }),
      initial: { value: 0, 'display.units': 'V' },
      onGet: () => (++n % 2 === 1 ? { value: n } : undefined),
    })
    await using it = await loopback({ x: pv })
    const values = [await it.ctx.get('x'), await it.ctx.get('x'), await it.ctx.get('x')]
    expect(values.map((v) => [v.value, v.display.units])).toEqual([
      [1, 'V'],
      [0, 'V'],
      [3, 'V'],
    ])
    expect(values[0]?.$timeNs).toBeGreaterThan(0n)
  })

  it('answers for a handler that takes longer than handlerTimeout, and drops what comes later', async () => {
    const aborted = deferred<unknown>()
    const finish = deferred<number>()
    const pv = new SharedPV({
      type: Int32,
      initial: { value: 1 },
      onPut: (op) => {
        op.signal.addEventListener('abort', () => aborted.resolve(op.signal.reason))
        return finish.promise
      },
    })
    await using it = await loopback({ x: pv }, { server: { handlerTimeout: 100 } })
    const error = await rejection(it.ctx.put('x', 5))
    expect(error).toBeInstanceOf(RemoteError)
    expect(error.message).toContain('100 ms')
    expect(await aborted.promise).toBeInstanceOf(TimeoutError)
    finish.resolve(9)
    await turn()
    expect(pv.current().value).toBe(1)
  })

  it('answers for a handler that never settles when the server stops', async () => {
    const running = deferred<PutOperation>()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: (op) => {
        running.resolve(op)
        return new Promise<undefined>(() => undefined)
      },
    })
    await using it = await loopback({ x: pv })
    const put = rejection(it.ctx.put('x', 5))
    const op = await running.promise
    await it.server.stop()
    expect(await put).toBeInstanceOf(RemoteError)
    await until(() => op.signal.aborted, "the handler's signal")
    expect(op.signal.reason).toMatchObject({ code: 'ERR_PVA_CLOSED', message: 'the server was stopped' })
  })

  it("aborts the handler's signal when the client leaves, also one asked for later", async () => {
    const running = deferred<PutOperation>()
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: (op) => {
        running.resolve(op)
        return new Promise<undefined>(() => undefined)
      },
    })
    await using it = await loopback({ x: pv })
    const abort = new AbortController()
    const put = rejection(it.ctx.put('x', 5, { signal: abort.signal }))
    const op = await running.promise
    abort.abort()
    await put
    await until(() => op.signal.aborted, "the handler's signal")
    expect(op.signal.reason).toMatchObject({ code: 'ERR_PVA_DISCONNECTED' })
  })

  it('a handler may use a client of its own server', async () => {
    const late: { ctx?: Context } = {}
    const pv = new SharedPV({
      type: Int32,
      initial: {},
      onPut: async (op) => {
        const other = await late.ctx?.get('other')
        return op.value.value + Number(other?.value)
      },
    })
    await using it = await loopback({ x: pv, other: int32(100) })
    late.ctx = it.ctx
    await it.ctx.put('x', 5)
    expect((await it.ctx.get('x')).value).toBe(105)
  })
})

describe('DynamicSource', () => {
  it('[74] makes PVs for the names it claims, and refuses others', async () => {
    const made: string[] = []
    const source = new DynamicSource({
      match: ['exact', /^sim:\d+$/, /^UPPER/i],
      create: async (name, channel) => {
        await turn()
        made.push(`${name} ${String(channel.peer.startsWith('127.0.0.1:'))}`)
        return name === 'sim:13' ? null : int32(name.length)
      },
    })
    await using it = await loopback({})
    it.server.addSource('sims', source)
    expect((await it.ctx.get('exact')).value).toBe(5)
    expect((await it.ctx.get('sim:7')).value).toBe(5)
    expect((await it.ctx.get('upper')).value).toBe(5)
    expect(made).toEqual(['exact true', 'sim:7 true', 'upper true'])
    for (const name of ['sim:13', 'sim:x', 'other']) {
      expect(await rejection(it.ctx.get(name, { timeout: 1_000 }))).toBeInstanceOf(TimeoutError)
    }
    expect(made).toContain('sim:13 true')
    expect(made.filter((each) => each.startsWith('sim:x') || each.startsWith('other'))).toEqual([])
  })

  it('[74] keeps a PV as long as the channel to it is open', async () => {
    const refs: WeakRef<object>[] = []
    let puts = 0
    const source = new DynamicSource({
      match: ['x'],
      create: () => {
        const pv = new SharedPV({
          type: Int32,
          initial: {},
          onPut: () => {
            puts++
          },
        })
        refs.push(new WeakRef(pv))
        return pv
      },
    })
    await using it = await loopback({})
    it.server.addSource('s', source)
    await it.ctx.put('x', 1)
    for (let k = 0; k < 5; k++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      await turn()
    }
    await it.ctx.put('x', 2)
    expect(puts).toBe(2)
    expect(refs).toHaveLength(1)
  })

  it('tells the names it is asked to', async () => {
    const names = ['a', 'b']
    const source = new DynamicSource({ match: [/./], create: () => null, names: () => names })
    await using it = await loopback({})
    it.server.addSource('s', source)
    const server = `127.0.0.1:${it.server.tcpPort}`
    expect((await it.ctx.list(server)).sort()).toEqual(['a', 'b'])
    names.push('c')
    source.refresh()
    expect((await it.ctx.list(server)).sort()).toEqual(['a', 'b', 'c'])
  })

  it('refuses bad options, naming them', () => {
    const create = () => null
    for (const [options, text] of [
      [{ create }, 'match'],
      [{ match: ['a'] }, 'create'],
      [{ match: 'a', create }, 'match'],
      [{ match: [/a/u], create }, 'flags'],
      [{ match: [''], create }, 'empty'],
      [{ match: [/(?<=a)b/], create }, '(?<=a)b'],
    ] as const) {
      expect(thrown(() => new DynamicSource(options as never)).message).toContain(text)
    }
  })
})

it('is held only while it is served or open', async () => {
  const ref = (() => new WeakRef(int32()))()
  await turn()
  await collected(() => ref.deref() === undefined, 'the PV')
})
