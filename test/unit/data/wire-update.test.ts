import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DecodeError, InvalidArgumentError } from '../../../lib-ts/errors.js'
import {
  DecodePlan,
  Reader,
  TypeDef,
  Writer,
  encodeChanged,
  type Value,
  type ValueMembers,
  type ValueOf,
} from '../../../lib-ts/data/index.js'
import { generation } from '../../../lib-ts/data/values/generation.js'

const Scalar = new TypeDef('struct', 'epics:nt/NTScalar:1.0', {
  value: 'float64',
  alarm: { severity: 'int32', message: 'string' },
  timeStamp: { secondsPastEpoch: 'int64', nanoseconds: 'int32' },
  deep: { mid: { a: 'int8', b: 'string' }, c: 'bool' },
})

type Scalar = Value<ValueOf<typeof Scalar>>

function changes(value: ValueMembers<unknown>): ArrayBuffer {
  const w = new Writer()
  encodeChanged(w, value)
  return w.bytes().slice().buffer
}

function plan(): DecodePlan {
  return DecodePlan.of(Scalar.extend({})) // one that has seen nothing yet
}

/** Applies the same changes until the generated decoder does it. */
function often(plan: DecodePlan, bytes: ArrayBuffer, previous: Value): readonly Scalar[] {
  return Array.from({ length: 8 }, () => plan.update(new Reader(bytes), previous) as unknown as Scalar)
}

describe.each([
  ['with generated code', true],
  ['without generated code', false],
])('%s', (_, allowed) => {
  beforeEach(() => {
    generation.allowed = allowed
  })
  afterEach(() => {
    generation.allowed = true
  })

  it('shares the structures in which nothing changed with the value before', () => {
    const p = plan()
    const before: Value = p.update(
      new Reader(changes(Scalar.create({ alarm: { message: 'm' }, deep: { mid: { a: 1 } } }))),
      p.initial,
    )
    for (const value of often(p, changes(Scalar.create({ deep: { mid: { b: 'x' } }, value: 2 })), before)) {
      expect(value.alarm).toBe(before.alarm)
      expect(value.timeStamp).toBe(p.initial.timeStamp)
      expect(value.deep).not.toBe(before.deep)
      expect(value.deep.mid).not.toBe(before.deep.mid)
      expect({ ...value.deep.mid }).toEqual({ a: 1, b: 'x' })
      expect(before['deep.mid.b']).toBe('')
    }
  })

  it('counts as changed what this update names, not what earlier ones did', () => {
    const p = plan()
    const first = p.update(
      new Reader(changes(Scalar.create({ value: 1, alarm: { severity: 2 } }))),
      p.initial,
    )
    for (const value of often(p, changes(Scalar.create({ timeStamp: { nanoseconds: 5 } })), first)) {
      expect([...value.$changed]).toEqual(['timeStamp.nanoseconds'])
      expect(value.$isChanged()).toBe(true)
      expect(value.$isChanged('timeStamp')).toBe(true)
      expect(value.$isChanged('alarm')).toBe(false)
      expect(value.$isChanged('value')).toBe(false)
      expect(value.$isChanged('nosuch')).toBe(false)
    }
    expect([...first.$changed]).toEqual(['value', 'alarm.severity'])
  })

  it('takes a structure that is marked as a whole', () => {
    const p = plan()
    const m = Scalar.create()
    m.$mark('deep')
    for (const value of often(p, changes(m), p.initial)) {
      expect([...value.$changed]).toEqual(['deep.mid.a', 'deep.mid.b', 'deep.c'])
      expect([...value.deep.mid.$changed]).toEqual(['a', 'b'])
      expect(changes(value)).toEqual(changes(m))
    }
  })

  it('makes a new value of an update in which nothing changed', () => {
    const p = plan()
    for (const value of often(p, new Uint8Array([0]).buffer, p.initial)) {
      expect(value).not.toBe(p.initial)
      expect(value.$changed.size).toBe(0)
      expect(value.alarm).toBe(p.initial.alarm)
    }
  })

  it('freezes every level', () => {
    const p = plan()
    for (const value of often(p, changes(Scalar.create({ deep: { c: true } })), p.initial)) {
      for (const part of [value, value.deep, value.deep.mid, value.alarm])
        expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it('reads right whatever sets of fields change, more of them than any cache keeps', () => {
    const type = new TypeDef(
      'struct',
      Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, 'int32'] as const)),
    )
    const p = DecodePlan.of(type)
    let value = p.initial
    const expected: Record<string, number> = { ...(value as unknown as Record<string, number>) }
    for (let i = 1; i < 2000; i++) {
      const set: Record<string, number> = {}
      for (let bit = i % 7; bit < 60; bit += 1 + (i % 61)) set[`f${bit}`] = i
      value = p.update(new Reader(changes(type.create(set))), value)
      Object.assign(expected, set)
      if (
        Object.keys(set).some((name) => !value.$changed.has(name)) ||
        value.$changed.size !== Object.keys(set).length
      ) {
        throw new Error(`changes of update ${i}`)
      }
    }
    expect({ ...value }).toEqual(expected)
  })

  it('reads from the middle of a buffer, and leaves the position behind the value', () => {
    const p = plan()
    const bytes = new Uint8Array(changes(Scalar.create({ value: 3.25, alarm: { message: 'text' } })))
    const buffer = new Uint8Array(100 + bytes.length).fill(0xaa)
    buffer.set(bytes, 51)
    for (let i = 0; i < 8; i++) {
      const r = new Reader(buffer.buffer, 51)
      expect(p.update(r, p.initial)['alarm.message']).toBe('text')
      expect(r.p).toBe(51 + bytes.length)
    }
  })

  it('gives arrays of their own, which survive the buffer', () => {
    const type = new TypeDef('struct', { small: 'int16[]', large: 'float64[]', bytes: 'uint8[]' })
    const p = DecodePlan.of(type)
    const buffer = changes(
      type.create({
        small: [1, 2],
        large: Array.from({ length: 50 }, (_, i) => i),
        bytes: new Uint8Array(200).fill(7),
      }),
    )
    const value = p.update(new Reader(buffer), p.initial)
    new Uint8Array(buffer).fill(0xff)
    expect(value.small).toEqual(Int16Array.of(1, 2))
    expect(value.large).toEqual(Float64Array.from({ length: 50 }, (_, i) => i))
    expect(value.bytes).toEqual(new Uint8Array(200).fill(7))
  })

  it('refuses to read changes onto a value of another type', () => {
    const p = plan()
    const bytes = changes(Scalar.create({ value: 1 }))
    const other = DecodePlan.of(new TypeDef('struct', { value: 'int32' })).initial
    expect(() => p.update(new Reader(bytes), other)).toThrow(InvalidArgumentError)
    expect(p.update(new Reader(bytes), plan().initial).value).toBe(1)
  })

  it('keeps values inside an any of the same type apart', () => {
    const Any = new TypeDef('struct', { n: 'int32', inner: 'any' })
    const p = DecodePlan.of(Any)
    const m = Any.create({ n: 1, inner: Any.create({ n: 2, inner: Any.create({ n: 3 }) }) })
    for (const value of often(p, changes(m), p.initial)) {
      expect(['n', 'inner->n', 'inner->inner->n'].map((path) => value.$get(path))).toEqual([1, 2, 3])
    }
  })
})

describe('arrays beside the record', () => {
  const choice = new TypeDef('union', { doubles: 'float64[]', bytes: 'uint8[]', n: 'int32' })
  const Image = new TypeDef('struct', {
    before: 'int32',
    data: 'float64[]',
    pixels: choice,
    flags: 'bool[]',
    after: { n: 'int32' },
  })
  const imagePlan = DecodePlan.of(Image)
  const field = (path: string): number => imagePlan.layout.byPath.get(path) as number

  function record(value: object, entries: readonly number[]): Reader {
    const w = new Writer()
    encodeChanged(w, Image.create(value))
    for (const n of entries) w.u32(n)
    return new Reader(w.bytes().slice().buffer)
  }

  function give(...buffers: ArrayBuffer[]): () => ArrayBuffer {
    return () => buffers.shift() as ArrayBuffer
  }

  it('are the fetched buffers themselves and count as changed', () => {
    const buffer = Float64Array.of(1, 2, 3).buffer
    const r = record({ before: 7, after: { n: 9 } }, [field('data'), 0x4b, 0])
    const value = imagePlan.update(r, imagePlan.initial, 1, give(buffer))
    expect((value.data as Float64Array).buffer).toBe(buffer)
    expect([...(value.data as Float64Array)]).toEqual([1, 2, 3])
    expect([...value.$changed]).toEqual(['before', 'data', 'after.n'])
    expect(r.remaining).toBe(0)
  })

  it('may be the selected member of a union', () => {
    const pixels = Uint8Array.of(1, 2, 255)
    const r = record({}, [field('pixels'), 0x2c, 2, field('data'), 0x4b, 0])
    const value = imagePlan.update(r, imagePlan.initial, 2, give(pixels.buffer, new ArrayBuffer(0)))
    expect(value.pixels).toEqual({ select: 'bytes', value: pixels })
    expect(Object.isFrozen(value.pixels)).toBe(true)
    expect([...value.$changed]).toEqual(['data', 'pixels'])
    expect(value.data).toEqual(new Float64Array(0))
  })

  it('may be of booleans', () => {
    const value = imagePlan.update(
      record({}, [field('flags'), 0x08, 0]),
      imagePlan.initial,
      1,
      give(Uint8Array.of(1, 0, 1).buffer),
    )
    expect(value.flags).toEqual([true, false, true])
  })

  it.each([
    ['a field that does not exist', [99, 0x4b, 0]],
    ['a field of another type', [1, 0x4b, 0]],
    ['another type than the field has', [2, 0x2c, 0]],
    ['a member that the union does not have', [3, 0x4b, 9]],
    ['a union without a member', [3, 0x4b, 0]],
    ['a member of another type', [3, 0x4b, 2]],
    ['a member of what is no union', [2, 0x4b, 1]],
    ['text', [2, 0x68, 0]],
  ])('are refused for %s', (_, entry) => {
    expect(() => imagePlan.update(record({}, entry), imagePlan.initial, 1, give(new ArrayBuffer(8)))).toThrow(
      DecodeError,
    )
  })

  it('are refused when they are not a whole number of elements, or nothing can fetch them', () => {
    const entry = [field('data'), 0x4b, 0]
    expect(() => imagePlan.update(record({}, entry), imagePlan.initial, 1, give(new ArrayBuffer(9)))).toThrow(
      /whole number/,
    )
    expect(() => imagePlan.update(record({}, entry), imagePlan.initial, 1)).toThrow(DecodeError)
  })
})
