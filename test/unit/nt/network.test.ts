import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  Context,
  ConversionError,
  NTEnum,
  NTMultiChannel,
  NTNDArray,
  NTScalar,
  NTTable,
  NTUnion,
  any,
  RemoteError,
  setLogger,
  Server,
  SharedPV,
  TypeMismatchError,
  type LogLine,
  type NTScalarCode,
  type Value,
} from 'node-pvxs'

const samples: Readonly<Record<NTScalarCode, unknown>> = {
  bool: true,
  int8: -128,
  int16: -32768,
  int32: -(2 ** 31),
  int64: -(2n ** 63n),
  uint8: 255,
  uint16: 65535,
  uint32: 2 ** 32 - 1,
  uint64: 2n ** 64n - 1n,
  float32: Math.fround(0.1),
  float64: -0.1,
  string: 'grün ✓',
  'bool[]': [true, false],
  'int8[]': new Int8Array([-128, 127]),
  'int16[]': new Int16Array([-32768, 32767]),
  'int32[]': new Int32Array([-(2 ** 31), 2 ** 31 - 1]),
  'int64[]': new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n]),
  'uint8[]': new Uint8Array([0, 255]),
  'uint16[]': new Uint16Array([0, 65535]),
  'uint32[]': new Uint32Array([0, 2 ** 32 - 1]),
  'uint64[]': new BigUint64Array([0n, 2n ** 64n - 1n]),
  'float32[]': new Float32Array([NaN, -Infinity, 0.5]),
  'float64[]': new Float64Array([NaN, Infinity, -0]),
  'string[]': ['', 'grün ✓'],
}
const codes = Object.keys(samples) as NTScalarCode[]

const server = Server.isolated()
const parts = { display: true, control: true, valueAlarm: true, form: true } as const
for (const code of codes) {
  const type = new NTScalar(code, parts)
  const initial = { value: samples[code], alarm: { severity: 2, message: 'high' }, display: { units: 'mm' } }
  server.addPV(`from:${code}`, SharedPV.readonly(type, initial as never))
  server.addPV(`to:${code}`, SharedPV.mailbox(type))
}
let ctx: Context

beforeAll(async () => {
  await server.start()
  ctx = new Context(server.clientConfig())
})

afterAll(async () => {
  await ctx.close()
  await server.close()
})

describe('normative types over the network', () => {
  it.each(codes)('[99] a value of %s that was read can be put as it is, and arrives equal', async (code) => {
    const type = new NTScalar(code, parts)
    const v = await ctx.get(`from:${code}`, { type })
    expect(type.is(v)).toBe(true)
    expect(v.value).toEqual(samples[code])
    await ctx.put(`to:${code}`, v)
    const arrived = await ctx.get(`to:${code}`)
    const { timeStamp: _, ...rest } = arrived.$toObject()
    const { timeStamp: __, ...sent } = v.$toObject()
    expect(rest).toEqual(sent)
  })

  it('rejects with a difference when a part that was asked for is not there', async () => {
    server.addPV('plain', SharedPV.readonly(new NTScalar('float64')))
    const asked = ctx.get('plain', { type: new NTScalar('float64', { display: true }) })
    await expect(asked).rejects.toThrow(TypeMismatchError)
    await expect(asked).rejects.toThrow(/display/)
  })

  it('an enumeration is written by label, numeric text and index', async () => {
    const choices = ['Off', 'On', '0']
    server.addPV('mode', SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices } }))
    for (const [input, label] of [
      ['Off', 'Off'],
      ['0', '0'],
      ['1', 'On'],
      [0, 'Off'],
    ] as const) {
      await ctx.put('mode', input)
      expect(NTEnum.label(await ctx.get('mode'))).toBe(label)
    }
  })

  it('an NTEnum without choices can be put, by index or numeric text', async () => {
    const pv = SharedPV.mailbox(new NTEnum())
    server.addPV('no states', pv)
    const inputs = [2, '3', { value: 4 }, { 'value.index': 5 }, { value: { index: '6' } }]
    for (const [at, input] of inputs.entries()) {
      await ctx.put('no states', input)
      expect(pv.current().value.index).toBe(at + 2)
    }
    await ctx.put('no states', (current) => {
      current.value = 7
    })
    await ctx.put('no states', (current) => Number(current.value.index) + 1)
    expect(pv.current().value.index).toBe(8)
    expect(pv.post('9').current().value.index).toBe(9)
    for (const input of ['Auto', { 'value.index': 'Auto' }, -1, 2 ** 31])
      await expect(ctx.put('no states', input)).rejects.toThrow(ConversionError)
    expect(pv.current().value.index).toBe(9)
  })

  it("a table's labels are not overwritten by its rows, neither by a put nor by a post", async () => {
    const table = new NTTable({ b: 'string', a: 'int64' }, { labels: ['B', 'A'] })
    const pv = SharedPV.mailbox(table, table.fromRows([{ b: 'x', a: 1n }]))
    server.addPV('labelled', pv)
    const v = await ctx.get('labelled')
    await ctx.put('labelled', NTTable.from(v).fromRows([{ b: 'y', a: 2n }]))
    await ctx.put('labelled', new NTTable({ b: 'string', a: 'int64' }).fromRows([{ b: 'y', a: 2n }]))
    pv.post(new NTTable({ b: 'string', a: 'int64' }).fromRows([{ b: 'z', a: 3n }]))
    const after = await ctx.get('labelled')
    expect(after.labels).toEqual(['B', 'A'])
    expect(table.rows(after)).toEqual([{ b: 'z', a: 3n }])
  })

  it('a table keeps labels, order and rows', async () => {
    const table = new NTTable({ b: 'string', a: 'int64' }, { labels: ['B', 'A'] })
    const rows = [
      { b: 'x', a: 1n },
      { b: 'y', a: -1n },
    ]
    const pv = SharedPV.mailbox(table, table.fromRows(rows))
    server.addPV('table', pv)
    const v = await ctx.get('table', { type: table })
    expect(v.labels).toEqual(['B', 'A'])
    expect(table.rows(v)).toEqual(rows)
    await ctx.put('table', table.fromRows([...rows, { b: 'z', a: 5n }]))
    expect(table.rows(await ctx.get('table'))).toHaveLength(3)
  })

  it.each([
    ['small', 4],
    ['large, beside the record', 256],
  ])('an image arrives as it was wrapped: %s', async (size, side) => {
    const pixels = Uint16Array.from({ length: side * side * 2 }, (_, i) => i % 65536)
    const image = NTNDArray.wrap(pixels, {
      shape: [side, side * 2],
      colorMode: 0,
      attributes: { exposure: 0.5, camera: 'A' },
      timeStamp: 1_700_000_000_000_000_123n,
    })
    const name = `image ${size}`
    server.addPV(name, SharedPV.readonly(new NTNDArray(), image))
    const v = await ctx.get(name)
    expect(new NTNDArray().is(v)).toBe(true)
    expect(NTNDArray.unwrap(v)).toEqual({
      data: pixels,
      shape: [side, side * 2],
      attributes: { ColorMode: 0, exposure: 0.5, camera: 'A' },
      colorMode: 0,
      codec: '',
      uncompressedSize: pixels.byteLength,
      timeNs: 1_700_000_000_000_000_123n,
    })
  })

  it('an image is put by a client', async () => {
    server.addPV('image put', SharedPV.mailbox(new NTNDArray()))
    await ctx.put('image put', NTNDArray.wrap(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] }))
    expect(NTNDArray.unwrap(await ctx.get('image put'))).toMatchObject({
      data: new Float32Array([1, 2, 3, 4]),
      shape: [2, 2],
    })
  })

  describe('what belongs together in a value', () => {
    const T = new NTTable({ a: 'int32', b: 'string' })
    const served = (): { image: ReturnType<typeof picture>; table: ReturnType<typeof rows> } => {
      const pvs = { image: picture(), table: rows() }
      for (const [name, pv] of Object.entries(pvs)) server.removePV(name).addPV(name, pv)
      return pvs
    }
    const picture = () =>
      SharedPV.mailbox(new NTNDArray(), NTNDArray.wrap(Uint16Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] }))
    const rows = () => SharedPV.mailbox(T, { value: { a: [1, 2], b: ['x', 'y'] } })
    const hundred = { value: new Uint16Array(100) }
    const shape =
      /data of 100 elements does not fill the shape \[2, 3\] in "dimension"; give it with NTNDArray.wrap/
    const columns = /columns of a table must be of one length: "a" has 3, "b" has 2/

    it('a put of data alone to an image says to give the shape, whether the type is known or not', async () => {
      const { image } = served()
      for (const _ of ['the type comes from the server', 'the type is known']) {
        await expect(ctx.put('image', new Uint16Array(100))).rejects.toThrow(
          /data alone does not say the shape of an image: put NTNDArray.wrap\(data, \{ shape \}\)/,
        )
      }
      expect(NTNDArray.unwrap(image.current())).toMatchObject({ data: { length: 6 }, shape: [2, 3] })
    })

    it('a post, a put and a put by a function of data that does not fill the shape are refused', async () => {
      const { image } = served()
      expect(() => image.post(hundred.value)).toThrow(shape)
      expect(() => image.post(hundred)).toThrow(shape)
      expect(() => image.post({ dimension: [{ size: 7 }] })).toThrow(/data of 6 elements .* shape \[7\]/)
      await expect(ctx.put('image', hundred)).rejects.toThrow(RemoteError)
      await expect(ctx.put('image', hundred)).rejects.toThrow(shape)
      await expect(ctx.put('image', () => hundred.value)).rejects.toThrow(ConversionError)
      await expect(ctx.put('image', () => hundred.value)).rejects.toThrow(shape)
      expect(NTNDArray.unwrap(image.current())).toMatchObject({ data: { length: 6 }, shape: [2, 3] })
    })

    it('data that fills the shape, brings another one, has none or is compressed is taken', async () => {
      const { image } = served()
      image.post(new Uint16Array(6))
      await ctx.put('image', { value: new Float32Array(6) })
      await ctx.put('image', NTNDArray.wrap(new Uint16Array(100), { shape: [10, 10] }))
      await ctx.put('image', { 'alarm.severity': 1 })
      expect(NTNDArray.unwrap(image.current())).toMatchObject({ data: { length: 100 }, shape: [10, 10] })
      image.post(NTNDArray.wrap(new Uint8Array(9), { shape: [10, 10], codec: 'lz4', elementType: 'uint16' }))
      image.post({ value: new Uint8Array(7) })
      expect(NTNDArray.unwrap(image.current())).toMatchObject({ data: { length: 7 }, shape: [10, 10] })
      image.post({ dimension: [], codec: { name: '' } }).post(new Uint8Array(5))
      expect(NTNDArray.unwrap(image.current()).shape).toEqual([5])
    })

    it('a post and a put of unequal columns are refused, and name the columns and their lengths', async () => {
      const { table } = served()
      const unequal = { value: { a: [1, 2, 3] } }
      expect(() => table.post(unequal)).toThrow(columns)
      await expect(ctx.put('table', unequal)).rejects.toThrow(RemoteError)
      await expect(ctx.put('table', unequal)).rejects.toThrow(columns)
      await expect(ctx.put('table', () => unequal)).rejects.toThrow(ConversionError)
      await expect(ctx.put('table', () => unequal)).rejects.toThrow(columns)
      expect(T.rows(table.current())).toHaveLength(2)
    })

    it('so are first values of either', () => {
      const Image = new NTNDArray()
      const misfit = { ...hundred, dimension: [{ size: 3 }, { size: 2 }] }
      const unequal = { value: { a: [1, 2, 3], b: ['x', 'y'] } }
      for (const first of [
        () => SharedPV.mailbox(Image, misfit),
        () => SharedPV.readonly(Image, misfit),
        () => new SharedPV({ type: Image, initial: misfit }),
        () => new SharedPV({ type: Image }).open(misfit),
        () => new SharedPV().open(Image.create(misfit)),
      ])
        expect(first).toThrow(shape)
      const pv = new SharedPV({ type: T })
      expect(() => pv.open(unequal)).toThrow(columns)
      expect(() => SharedPV.mailbox(T, unequal)).toThrow(columns)
      expect(pv.isOpen).toBe(false)
      expect(T.rows(pv.open({ value: { a: [1, 2], b: ['x', 'y'] } }).current())).toHaveLength(2)
      expect(SharedPV.mailbox(Image, new Uint8Array(5)).current().dimension).toHaveLength(0)
    })

    it('so are answers of onGet, as mistakes of the handler', async () => {
      const lines: LogLine[] = []
      setLogger((line) => lines.push(line))
      onTestFinished(() => setLogger(null))
      const { image, table } = served()
      const answers: Record<string, unknown> = {
        'get:image': hundred,
        'get:table': { value: { a: [1, 2, 3] } },
      }
      const handled = Object.entries({ 'get:image': image, 'get:table': table }).map(([name, pv]) => {
        const initial = pv.current() as Value
        server.addPV(
          name,
          new SharedPV({ type: initial.$type, initial, onGet: () => answers[name] as never }),
        )
        return name
      })
      await expect(ctx.get('get:image')).rejects.toThrow(shape)
      await expect(ctx.get('get:table')).rejects.toThrow(columns)
      expect(lines.filter(({ message }) => /onGet of "get:(image|table)" failed/.test(message))).toHaveLength(
        2,
      )
      answers['get:table'] = { value: { a: [5, 6] } }
      answers['get:image'] = new Uint16Array(6)
      expect(await ctx.getAll(handled)).toHaveLength(2)
    })

    it('one column of the same length, all columns, and a function that sees one column are taken', async () => {
      const { table } = served()
      await ctx.put('table', { value: { a: [8, 9] } })
      await ctx.put('table', () => ({ value: { a: [6, 7] } }), { fields: ['value.a'] })
      expect(T.rows(table.post({ 'value.b': ['p', 'q'] }).current())).toEqual([
        { a: 6, b: 'p' },
        { a: 7, b: 'q' },
      ])
      await ctx.put('table', T.fromRows([{ a: 1, b: 'z' }]))
      expect(T.rows(table.current())).toEqual([{ a: 1, b: 'z' }])
      expect(table.current().$time?.getFullYear()).toBeGreaterThan(2000)
    })
  })

  it('unions and gathered channels read well', async () => {
    const Reading = new NTUnion({ number: 'float64', text: 'string' })
    server.addPV('union', SharedPV.mailbox(Reading, { value: { select: 'text', value: 'gone' } }))
    expect((await ctx.get('union', { type: Reading })).value).toEqual({ select: 'text', value: 'gone' })
    const gathered = { channelName: ['a', 'b'], value: [any('int32', 1), any('string', 'x')] }
    server.addPV('gathered', SharedPV.readonly(new NTMultiChannel(), gathered))
    const channels = NTMultiChannel.channels(await ctx.get('gathered'))
    expect(channels.map(({ name, value }) => [name, value])).toEqual([
      ['a', 1],
      ['b', 'x'],
    ])
  })
})
