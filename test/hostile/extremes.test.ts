// The large and the odd of the lists D to H: what is as long as it may be, what changes while it is read.
import { describe, expect, it } from 'vitest'
import { NTEnum, NTNDArray, NTScalar, SharedPV, TypeDef, Member, union } from 'node-pvxs'
import { leavesNothing, loopback, rejection, thrown } from '../unit/fixtures.js'

leavesNothing()

const CONVERSION = 'ERR_PVA_CONVERSION'
const NO_FIELD = 'ERR_PVA_NO_FIELD'
const ARGUMENT = 'ERR_PVA_ARGUMENT'

describe('D. numbers', () => {
  it('a NaN keeps its payload in an array', async () => {
    const bits = BigUint64Array.of(0x7ff8_0000_dead_beefn, 0xfff8_0000_0000_0001n)
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('float64[]')) })
    await it.ctx.put('x', { value: new Float64Array(bits.buffer) })
    const { value } = await it.ctx.get<{ value: Float64Array }>('x')
    expect([...new BigUint64Array(value.slice().buffer)]).toEqual([...bits])
  })
})

describe('E. text', () => {
  // The longest text that V8 makes is 1.6 GB on the wire: it blocks for as long as memory takes, and is not tried here.
  it('a text of 64 MB', { timeout: 60_000 }, async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('string')) })
    const text = '€'.repeat((64 << 20) / 3)
    await it.ctx.put('x', text, { timeout: 30_000 })
    expect((await it.ctx.get('x', { timeout: 30_000 })).value === text).toBe(true)
  })

  it('an enum of 10,000 labels', async () => {
    const choices = Array.from({ length: 10_000 }, (_, k) => `label ${k}`)
    await using it = await loopback({ x: SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices } }) })
    await it.ctx.put('x', 'label 9999')
    expect((await it.ctx.get('x'))['value.index']).toBe(9_999)
    expect((await rejection(it.ctx.put('x', 'label 10000'))).code).toBe(CONVERSION)
  })

  it('a million texts', { timeout: 60_000 }, async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('string[]')) })
    const value = Array<string>(1_000_000).fill('x')
    await it.ctx.put('x', { value }, { timeout: 30_000 })
    const got = (await it.ctx.get<{ value: string[] }>('x', { timeout: 30_000 })).value
    expect(got.length).toBe(1_000_000)
    expect(got[999_999]).toBe('x')
  })
})

describe('F. arrays', () => {
  it('a resizable buffer that shrinks while its array is put', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32[]')), y: SharedPV.mailbox(new TypeDef('struct', { first: 'int32', value: 'int32[]' })) }) // prettier-ignore
    const buffer = new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer & { resize(n: number): void })(400, { maxByteLength: 400 }) // prettier-ignore
    const value = new Int32Array(buffer).fill(7)
    // a getter that is read before the array shrinks what comes after it
    await it.ctx.put('y', { get first() { buffer.resize(40); return 1 }, value }) // prettier-ignore
    expect(await it.ctx.get('y').then((v) => Array.from(v['value'] as Int32Array))).toEqual(Array(10).fill(7))
    const put = it.ctx.put('x', { value })
    buffer.resize(0)
    await put
    expect(((await it.ctx.get('x'))['value'] as Int32Array).length).toBe(10)
  })

  it('an array with getters, and a Proxy of one', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32[]')) })
    let reads = 0
    const getter = Object.defineProperty([1, 2, 3], 1, { get: () => ++reads })
    await it.ctx.put('x', { value: getter })
    expect(Array.from((await it.ctx.get('x'))['value'] as Int32Array)).toEqual([1, 1, 3])
    const lying = new Proxy([1, 2, 3], { get: (array, key, self) => (key === 'length' ? 5 : (Reflect.get(array, key, self) as unknown)) }) // prettier-ignore
    expect(await rejection(it.ctx.put('x', { value: lying }))).toMatchObject({ code: CONVERSION, path: 'value[3]' }) // prettier-ignore
    const growing = [1, 2, 3]
    Object.defineProperty(growing, 0, { get: () => growing.push(9) && 1 })
    await it.ctx.put('x', { value: growing })
    expect(Array.from((await it.ctx.get('x'))['value'] as Int32Array)).toEqual([1, 2, 3, 9])
    const throwing = Object.defineProperty([1, 2], 0, { get: () => { throw new Error('mine') } }) // prettier-ignore
    expect(await rejection(it.ctx.put('x', { value: throwing }))).toMatchObject({ code: ARGUMENT, pv: 'x', cause: { message: 'mine' } }) // prettier-ignore
    expect(((await it.ctx.get('x'))['value'] as Int32Array).length).toBe(4)
  })

  it('an array that says it is longer than memory', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('float64[]')) })
    const sparse: number[] = []
    sparse.length = 2 ** 32 - 1
    expect((await rejection(it.ctx.put('x', { value: sparse }))).code).toBe(CONVERSION)
    expect(((await it.ctx.get('x'))['value'] as Float64Array).length).toBe(0)
  })
})

describe('G. structures', () => {
  it('a getter that changes its siblings: each is read once, in order', async () => {
    await using it = await loopback({
      x: SharedPV.mailbox(new TypeDef('struct', { a: 'int32', b: 'int32' })),
    })
    const value = { get a() { value.b = 9; return 1 }, b: 2 } // prettier-ignore
    await it.ctx.put('x', value)
    const got = await it.ctx.get('x')
    expect([got['a'], got['b']]).toEqual([1, 9])
  })

  it('65,534 fields cross, and one type too many is refused', { timeout: 60_000 }, async () => {
    const fields = Array.from({ length: 65_534 }, (_, k) => new Member('int8', `f${k}`))
    await using it = await loopback({ wide: SharedPV.mailbox(new TypeDef('struct', fields)) })
    await it.ctx.put('wide', { f65533: 5 }, { timeout: 30_000 })
    expect((await it.ctx.get('wide', { timeout: 30_000 }))['f65533']).toBe(5)
    const more = Array.from({ length: 65_536 }, (_, k) => new Member('int8', `f${k}`))
    expect(thrown(() => SharedPV.mailbox(new TypeDef('struct', more))).code).toBe(ARGUMENT)
  })

  it('a structure that is deeper than any type may be', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new TypeDef('struct', { x: 'any' })) })
    let deep: object = { n: 1 }
    for (let k = 0; k < 100_000; k++) deep = { d: deep }
    expect((await rejection(it.ctx.put('x', { x: deep }))).code).toBe(CONVERSION)
    expect((await it.ctx.get('x'))['x']).toBeNull()
  })
})

describe('H. types', () => {
  it.each(['class', 'delete', 'constructor', 'hasOwnProperty', 'valueOf', 'then', 'toJSON'])(
    'a field named %s is a field',
    async (name) => {
      await using it = await loopback({ x: SharedPV.mailbox(new TypeDef('struct', [new Member('int32', name), new Member('int32', 'other')])) }) // prettier-ignore
      await it.ctx.put('x', { [name]: 5 })
      const got = await it.ctx.get('x')
      expect(got[name]).toBe(5)
      expect(JSON.parse(JSON.stringify(got.$toObject()))).toEqual({ [name]: 5, other: 0 })
    },
  )

  it('a union without members holds nothing', async () => {
    const type = new TypeDef('struct', { u: new TypeDef('union', []) })
    await using it = await loopback({ x: SharedPV.mailbox(type) })
    await it.ctx.put('x', { u: null })
    expect((await it.ctx.get('x'))['u']).toBeNull()
    expect(await rejection(it.ctx.put('x', { u: union('a', 1) }))).toMatchObject({ code: NO_FIELD, path: 'u->a' }) // prettier-ignore
  })

  it('10,000 members', async () => {
    const fields = Array.from({ length: 10_000 }, (_, k) => new Member('string', `f${k}`))
    await using it = await loopback({ x: SharedPV.mailbox(new TypeDef('struct', fields)) })
    await it.ctx.put('x', { f9999: 'last' })
    expect((await it.ctx.get('x'))['f9999']).toBe('last')
  })

  it('members that contain themselves', () => {
    const shape: Record<string, unknown> = {}
    shape['again'] = shape
    expect(thrown(() => new TypeDef('struct', shape as never)).code).toBe(ARGUMENT)
  })

  // As another server may send it. Ours checks values of the type NTNDArray, so the type has another name here.
  it('an image whose dimensions do not match its data is read as it is', async () => {
    const { members } = new NTNDArray().create().$type
    const pv = SharedPV.mailbox(new TypeDef('struct', 'lab:Image', members), {
      value: union('ubyteValue', new Uint8Array(10)),
      dimension: [{ size: 3 }, { size: 4 }],
    })
    await using it = await loopback({ x: pv })
    const { data, shape } = NTNDArray.unwrap(await it.ctx.get('x'))
    expect([data?.length, shape]).toEqual([10, [4, 3]])
  })
})
