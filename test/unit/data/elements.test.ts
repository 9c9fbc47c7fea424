import { describe, expect, it } from 'vitest'
import { any, TypeDef, union, type MutableValue } from '../../../lib-ts/data/index.js'
import { ConversionError, NoFieldError } from '../../../lib-ts/errors.js'
import { NTNDArray, NTTable } from '../../../lib-ts/nt/index.js'
import { NTScalar, SharedPV, type Context } from 'node-pvxs'
import { loopback, rejection } from '../fixtures.js'

const Device = new TypeDef('struct', {
  value: 'float64[]',
  bytes: 'uint8[]',
  limits: { table: 'int32[]' },
  items: [{ wave: 'int16[]' }],
  choice: new TypeDef('union', { wave: 'int32[]', text: 'string' }),
  free: 'any',
  frees: 'any[]',
  names: 'string[]',
})
const device = () =>
  Device.create({
    value: [1, 2, NaN],
    bytes: [1, 2, 3],
    limits: { table: [1, 2] },
    items: [{ wave: [1, 2] }, { wave: [3] }],
    choice: union('wave', [1, 2]),
    free: any('int64[]', [1n, 2n]),
    frees: [any('int8[]', [1]), 5],
    names: ['a'],
  }).$unmark()

type Held = { value: (number | bigint)[] }

describe('an element written into an array of a mutable value is not lost', () => {
  it.each([
    ['value', 'm.value[1] = 9', (m: MutableValue): unknown => (m['value'][1] = 9)],
    ['value', 'm.value.fill(5)', (m: MutableValue): unknown => (m['value'] as number[]).fill(5)],
    [
      'value',
      'm.value.sort()',
      (m: MutableValue): unknown => (m['value'] as number[]).sort((a: number, b: number) => b - a),
    ],
    ['value', "m.$get('value')[1] = 9", (m: MutableValue): unknown => ((m.$get('value') as number[])[1] = 9)],
    [
      'value',
      'an array from Object.entries',
      (m: MutableValue): unknown => (Object.entries(m)[0]?.[1] as number[]).fill(0),
    ],
    ['bytes', 'm.bytes[2] = 9', (m: MutableValue): unknown => (m['bytes'][2] = 9)],
    ['limits.table', 'm.limits.table[0] = 9', (m: MutableValue): unknown => (m['limits'].table[0] = 9)],
    ['limits.table', 'a path', (m: MutableValue): unknown => (m['limits.table'][0] = 9)],
    ['items', 'm.items[1].wave[0] = 9', (m: MutableValue): unknown => (m['items'][1].wave[0] = 9)],
    ['choice', 'in a union', (m: MutableValue): unknown => ((m['choice'] as Held).value[0] = 9)],
    ['free', 'in an any', (m: MutableValue): unknown => ((m['free'] as Held).value[0] = 9n)],
    ['frees', 'in an any[]', (m: MutableValue): unknown => (m['frees'][0].value[0] = 9)],
  ] as const)('it marks %s: %s', (path, _, write) => {
    const m = device() as MutableValue
    const before = JSON.stringify(m.$freeze())
    expect(m.$changed.size).toBe(0)
    write(m)
    expect(m.$isChanged(path)).toBe(true)
    expect([...m.$changed]).toEqual([path])
    const frozen = m.$freeze()
    expect([...frozen.$changed]).toEqual([path])
    expect(JSON.stringify(frozen)).not.toBe(before)
    expect([...m.$clone().$changed]).toEqual([path])
    expect([...Device.create().$assign(m as never).$changed]).toEqual([path])
  })

  it('reading an array, and writing what is there already, marks nothing', () => {
    const m = device()
    m.value[1] = m.value[1] as number
    m.value[2] = NaN
    expect([...m.value, ...m.limits.table].length).toBe(5)
    expect(m.$changed.size).toBe(0)
  })

  it('it marks again after $unmark, and through an array that was read before', () => {
    const m = device()
    const { value } = m
    value[0] = 5
    expect(m.$unmark().$changed.size).toBe(0)
    value[0] = 6
    expect([...m.$changed]).toEqual(['value'])
    m.$unmark('value')
    ;(m as MutableValue)['value[1]'] = 8
    m.$unmark('value')
    expect(m.$changed.size).toBe(0)
  })

  it('it marks elements that stayed when another element was written', () => {
    const m = device()
    const wave = m.items[1]?.wave as Int16Array
    ;(m as MutableValue)['items[0]'] = { wave: [7] }
    m.$unmark()
    wave[0] = 9
    expect([...m.$changed]).toEqual(['items'])
  })

  it('an array belongs to the value no longer once another one was written to its field', () => {
    const m = device()
    const { value } = m
    m.value = Float64Array.of(7)
    m.$unmark()
    value[0] = 5
    expect(m.$changed.size).toBe(0)
  })

  it('lists of texts, structures, unions and anys are refused by an error', () => {
    const m = device() as MutableValue
    expect(() => (m['names'][0] = 'b')).toThrow(TypeError)
    expect(() => (m['items'][0] = null)).toThrow(TypeError)
    expect(() => (m['frees'][0] = null)).toThrow(TypeError)
    expect(() => (m['choice'].value = [1])).toThrow(TypeError)
  })

  it('a path converts and checks, and says how many elements there are', () => {
    const m = device() as MutableValue
    expect(() => (m['bytes[0]'] = 256)).toThrow(ConversionError)
    expect(() => (m['bytes[3]'] = 1)).toThrow(NoFieldError)
    expect(() => (m['bytes[3]'] = 1)).toThrow('no field "bytes[3]": "bytes" has 3 elements')
    expect(() => Device.create({ 'value[0]': 1 } as never)).toThrow('"value" has no elements')
  })
})

describe('a put', () => {
  const served = async () => {
    const Wave = new NTScalar('float64[]')
    const Table = new NTTable({ column: 'int32' })
    const changed: string[][] = []
    const it = await loopback({
      a: new SharedPV({
        type: Wave,
        initial: [1, 2, 3],
        onPut: (op) => {
          changed.push([...op.value.$changed])
          return op.value
        },
      }),
      t: SharedPV.mailbox(Table, Table.fromRows([{ column: 1 }, { column: 2 }])),
      im: SharedPV.mailbox(new NTNDArray(), NTNDArray.wrap(Uint8Array.of(1, 2))),
    })
    return Object.assign(it, { changed })
  }
  const valueOf = async (ctx: Context, name: string): Promise<unknown> =>
    (await ctx.get(name)).$toObject()['value']

  it('an element that the function writes into an array is sent', async () => {
    await using it = await served()
    await it.ctx.put('a', (c) => {
      c.value[1] = 9
    })
    expect(await valueOf(it.ctx, 'a')).toEqual(Float64Array.of(1, 9, 3))
    await it.ctx.put('a', async (c) => {
      await Promise.resolve()
      ;(c.value as number[]).fill(5)
    })
    expect(await valueOf(it.ctx, 'a')).toEqual(Float64Array.of(5, 5, 5))
    await it.ctx.put('t', (c) => {
      c.value.column[0] = 9
    })
    expect(await valueOf(it.ctx, 't')).toEqual({ column: Int32Array.of(9, 2) })
    await it.ctx.put('im', (c) => {
      c.value.value[1] = 7
    })
    expect(NTNDArray.unwrap(await it.ctx.get('im')).data).toEqual(Uint8Array.of(1, 7))
    expect(it.changed).toEqual([['value'], ['value']])
  })

  it('a function that writes nothing still puts, with nothing in it', async () => {
    await using it = await served()
    await it.ctx.put('a', (c) => {
      expect(c.value[1]).toBe(2)
    })
    expect(it.changed).toEqual([[]])
    expect(await valueOf(it.ctx, 'a')).toEqual(Float64Array.of(1, 2, 3))
  })

  it('one element named without its array is refused, and the error says how it is written', async () => {
    await using it = await served()
    const error = await rejection(it.ctx.put('a', { 'value[1]': 9 }))
    expect(error).toBeInstanceOf(NoFieldError)
    expect(error.message).toContain(
      'no field "value[1]": an element can only be written where the array is known',
    )
    expect(error.message).toContain('a function of the current value')
    expect(it.changed).toEqual([])
  })
})
