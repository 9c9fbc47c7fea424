import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { any, MutableValue, TypeDef, union, Value } from '../../../lib-ts/data/index.js'
import { ConversionError, InvalidArgumentError, NoFieldError } from '../../../lib-ts/errors.js'
import { Device, filled, loose } from './device.js'

describe('a mutable value', () => {
  it('starts with defaults, without marks', () => {
    const m = Device.create()
    expect(m).toBeInstanceOf(Value)
    expect(m).toBeInstanceOf(MutableValue)
    expect(m.$freeze()).not.toBeInstanceOf(MutableValue)
    expect(m.$changed.size).toBe(0)
    expect(m.$toObject()).toEqual({
      value: new Int32Array(0),
      text: '',
      limits: { low: 0, high: 0, deep: { x: 0n } },
      names: [],
      items: [],
      choice: null,
      choices: [],
      variant: null,
      variants: [],
    })
  })

  it('has its fields as own enumerable properties, in order', () => {
    const m = filled()
    const names = Device.members.map(({ name }) => name)
    expect(Object.keys(m)).toEqual(names)
    expect(Object.entries(m).map(([name]) => name)).toEqual(names)
    expect(Object.keys({ ...m })).toEqual(names)
    const { text, ...rest } = m
    expect(text).toBe('hi')
    expect(Object.keys(rest)).toHaveLength(names.length - 1)
    expect('text' in m && !('nope' in m)).toBe(true)
    expect(JSON.stringify(Object.keys(m.limits))).toBe('["low","high","deep"]')
  })

  it('converts, checks and marks what is assigned', () => {
    const m = Device.create()
    m.value = ['1', 2n] as never
    m.limits.deep.x = 5 as never
    loose(m)['limits.low'] = '2.5'
    expect([...m.$changed]).toEqual(['value', 'limits.low', 'limits.deep.x'])
    expect(m.value).toEqual(Int32Array.of(1, 2))
    expect(m.limits.$toObject()).toEqual({ low: 2.5, high: 0, deep: { x: 5n } })
    expect([...m.limits.$changed]).toEqual(['low', 'deep.x'])
    expect(m.limits.deep.$isChanged()).toBe(true)
    expect(() => (m.text = null as never)).toThrow(ConversionError)
    expect(m.text).toBe('')
    expect(m.$isChanged('text')).toBe(false)
  })

  it('merges an object into a structure, and takes all of a Value', () => {
    const m = filled().$unmark()
    m.limits = { low: 9 } as never
    expect(m.limits.$toObject()).toEqual({ low: 9, high: 1, deep: { x: 7n } })
    expect([...m.$changed]).toEqual(['limits.low'])
    const other = Device.create()
    other.limits = m.$freeze().limits as never
    expect(other.limits.$toObject()).toEqual(m.limits.$toObject())
    expect([...other.$changed]).toEqual(['limits.low', 'limits.high', 'limits.deep.x'])
  })

  it('[76] refuses fields that are not there, and names those that are', () => {
    const m = loose(Device.create())
    for (const path of [
      'nope',
      '$nope',
      'limits.nope',
      'nope.low',
      'text.x',
      'toString',
      '',
      'a..b',
      'text.',
    ]) {
      expect(() => (m[path] = 1)).toThrow(NoFieldError)
      expect(m['nope']).toBeUndefined()
    }
    expect(() => (m['limits.nope'] = 1)).toThrow(
      expect.objectContaining({ path: 'limits.nope', fields: ['low', 'high', 'deep'] }),
    )
    expect(() => (m['nope'] = 1)).toThrow(/there is value, text, limits/)
    expect(() => Reflect.set(m, Symbol('s'), 1)).toThrow(InvalidArgumentError)
    expect(() => delete m['text']).toThrow(InvalidArgumentError)
    expect(() => Object.defineProperty(m, 'text', { value: 1 })).toThrow(InvalidArgumentError)
    expect(() => Object.freeze(m)).toThrow(/\$freeze\(\)/)
    expect(() => Reflect.setPrototypeOf(m, null)).toThrow(InvalidArgumentError)
  })

  it('[77] reads the same by every form of path', () => {
    const m = filled()
    const f = m.$freeze()
    for (const v of [m, f]) {
      const at = loose(v)
      expect(at['limits.deep.x']).toBe(v.limits.deep.x)
      expect(at['items[2].name']).toBe('two')
      expect(at['items[0].wave[1]']).toBe(6)
      expect(at['value[2]']).toBe(3)
      expect(at['names[1]']).toBe('q')
      expect(at['choice->s.name']).toBe('chosen')
      expect(at['choices[1]->s.n']).toBe(2)
      expect(at['variant->name']).toBe('any')
      expect(at['variants[1]->name']).toBe('in any[]')
      expect(v.$get('items[2].name')).toBe('two')
      expect(v.$has('items[2].name')).toBe(true)
      for (const path of [
        'items[1].name',
        'items[3]',
        'value[3]',
        'value[-1]',
        'value[4294967296]',
        'choice->b',
        'text.length',
        'a..b',
        'limits.',
        '',
        '.text',
        '<',
      ]) {
        expect(at[path]).toBeUndefined()
        expect(v.$has(path)).toBe(false)
        expect(() => v.$get(path)).toThrow(NoFieldError)
      }
      expect(loose(v.choice)['select']).toBe('s')
      expect(() => v.$get('choice->nope')).toThrow(expect.objectContaining({ fields: ['a', 'b', 's', 'u'] }))
      expect(() => v.$get('items[0].nope')).toThrow(
        expect.objectContaining({ fields: ['name', 'n', 'wave'] }),
      )
    }
  })

  it('[92] has fields named like methods, which are read and written like others', () => {
    const type = new TypeDef('struct', {
      type: 'int8',
      name: 'int8',
      toString: 'int8',
      constructor: 'int8',
      then: 'int8',
      field: 'int8',
    })
    const m = type.create({ toString: 1, constructor: 2 })
    m.type = 3
    m.then = 4
    loose(m)['name'] = 5
    expect(m.$freeze().$toObject()).toEqual({
      type: 3,
      name: 5,
      toString: 1,
      constructor: 2,
      then: 4,
      field: 0,
    })
    const proto = TypeDef.fromJSON({ code: 'struct', members: [{ name: '__proto__', type: 'int8' }] })
    const p = proto.create(JSON.parse('{"__proto__": 4}') as never)
    expect(Object.keys(p)).toEqual(['__proto__'])
    expect(JSON.stringify(p)).toBe('{"__proto__":4}')
    expect(Object.getPrototypeOf(p)).not.toBe(4)
  })

  it('is not cloneable by structuredClone, and $toObject() is', () => {
    expect(() => structuredClone(filled())).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
    expect(structuredClone(filled().$toObject({ arrays: 'plain' }))).toMatchObject({
      text: 'hi',
      value: [1, 2, 3],
    })
  })

  it('prints', () => {
    expect(inspect(Device.create({ text: 'x' }))).toMatch(/lab:Device[^]*text: 'x'/)
  })

  it('is itself when read again, and usable as a thenable-free result of await', async () => {
    const m = filled()
    expect(m.limits).toBe(m.limits)
    expect(m.items).toBe(m.items)
    expect(await Promise.resolve(m)).toBe(m)
  })
})

describe('writing along a path', () => {
  it('sets elements of arrays, and nothing beyond their end', () => {
    const m = loose(filled())
    m['value[1]'] = '42'
    m['names[0]'] = 5
    expect(m['value']).toEqual(Int32Array.of(1, 42, 3))
    expect(m['names']).toEqual(['5', 'q'])
    expect(() => (m['value[3]'] = 1)).toThrow(NoFieldError)
    expect(() => (m['value[0]'] = 1.5)).toThrow(expect.objectContaining({ path: 'value[0]' }))
    expect(() => (m['value[0].x'] = 1)).toThrow(NoFieldError)
    expect(() => (m['value[-1]'] = 1)).toThrow(NoFieldError)
    expect(m['value']).toEqual(Int32Array.of(1, 42, 3))
  })

  it('sets fields of elements, and marks the array', () => {
    const m = filled().$unmark()
    loose(m)['items[2].name'] = 'new'
    loose(m)['items[0].wave[1]'] = 9
    expect([...m.$changed]).toEqual(['items'])
    expect(m.$freeze().items.map((item) => item?.$toObject())).toEqual([
      { name: 'zero', n: 0, wave: Int16Array.of(5, 9) },
      undefined,
      { name: 'new', n: 0, wave: new Int16Array(0) },
    ])
    loose(m)['items[1]'] = { name: 'was null' }
    loose(m)['items[2]'] = { n: 3 }
    loose(m)['items[0]'] = null
    expect(m.$freeze().items.map((item) => item && [item.name, item.n])).toEqual([
      null,
      ['was null', 0],
      ['new', 3],
    ])
    expect(() => (loose(m)['items[0].name'] = 'x')).toThrow(NoFieldError)
    expect(() => (loose(m)['items[2].nope'] = 'x')).toThrow(
      expect.objectContaining({ path: 'items[2].nope', fields: ['name', 'n', 'wave'] }),
    )
    expect(() => (loose(m)['items[2].n'] = 500)).toThrow(expect.objectContaining({ path: 'items[2].n' }))
  })

  it('selects the member of a union that is named', () => {
    const m = Device.create()
    loose(m)['choice->b'] = 5
    expect(m.choice).toEqual({ select: 'b', value: '5' })
    loose(m)['choice->s.n'] = 4
    expect(m.choice).toMatchObject({ select: 's', value: { name: '', n: 4 } })
    loose(m)['choice->s.name'] = 'both stay'
    expect(m.choice).toMatchObject({ select: 's', value: { name: 'both stay', n: 4 } })
    loose(m)['choice->u->x'] = 1
    expect(m.choice).toEqual({ select: 'u', value: { select: 'x', value: 1 } })
    expect(() => (loose(m)['choice->nope'] = 1)).toThrow(
      expect.objectContaining({ fields: ['a', 'b', 's', 'u'] }),
    )
    expect(() => (loose(m)['choice->'] = 1)).toThrow(NoFieldError)
    expect(() => (loose(m)['choice.b'] = 1)).toThrow(NoFieldError)
    expect([...m.$changed]).toEqual(['choice'])
    m.choice = null
    expect(m.choice).toBeNull()
  })

  it('does not select by reading', () => {
    const m = Device.create({ choice: union('a', 1) })
    expect(loose(m)['choice->b']).toBeUndefined()
    expect(loose(m)['choice->s.n']).toBeUndefined()
    expect(m.$has('choice->b')).toBe(false)
    expect(m.choice).toEqual({ select: 'a', value: 1 })
  })

  it('reaches into union arrays and anys', () => {
    const m = filled()
    loose(m)['choices[0]->s.name'] = 'x'
    loose(m)['choices[1]->a'] = 3
    expect(m.choices).toMatchObject([
      { select: 's', value: { name: 'x' } },
      { select: 'a', value: 3 },
    ])
    loose(m)['variant->name'] = 'y'
    loose(m)['variants[1]->n'] = 2
    expect(m.variant).toMatchObject({ value: { name: 'y' } })
    expect(m.variants[1]).toMatchObject({ value: { n: 2 } })
    m.variant = any('int32', 1)
    loose(m)['variant->'] = '7'
    expect(m.variant).toMatchObject({ type: { code: 'int32' }, value: 7 })
    expect(() => (loose(m)['variant->x'] = 1)).toThrow(NoFieldError)
    m.variant = null
    expect(() => (loose(m)['variant->x'] = 1)).toThrow(NoFieldError)
  })

  it('works in $assign and create too, together with plain names', () => {
    const m = Device.create({ 'limits.deep.x': 3, text: 'x', items: [{}], 'items[0].n': 5 } as never)
    expect(m.limits.deep.x).toBe(3n)
    expect(m.items[0]?.n).toBe(5)
    expect(() => m.$assign({ text: 'new', 'items[1].n': 5 } as never)).toThrow(NoFieldError)
    expect(m.text).toBe('x')
  })
})

describe('structures inside cells', () => {
  it('are mutable too, and mark the field that holds them', () => {
    const m = filled().$unmark()
    ;(m.items[2] as { n: number }).n = 7
    expect([...m.$changed]).toEqual(['items'])
    const chosen = m.choice as { value: { n: number; name: string } }
    chosen.value.n = 8
    expect([...m.$changed]).toEqual(['items', 'choice'])
    const { variants } = m as unknown as { variants: [unknown, { value: { name: string } }] }
    variants[1].value.name = 'deep'
    expect([...m.$changed]).toEqual(['items', 'choice', 'variants'])
    const f = m.$freeze()
    expect(f.items[2]?.n).toBe(7)
    expect(loose(f)['choice->s.n']).toBe(8)
    expect(loose(f)['variants[1]->name']).toBe('deep')
    expect(() => ((m.items[2] as { n: number }).n = 500)).toThrow(expect.objectContaining({ path: 'n' }))
  })

  it('see what is written along a path, and remain the same objects', () => {
    const m = filled()
    const item = m.items[2]
    loose(m)['items[2].n'] = 3
    loose(m)['items[1]'] = { n: 1 }
    expect(item?.n).toBe(3)
    expect(m.items[2]).toBe(item)
    ;(m.items[1] as { n: number }).n = 2
    expect(m.$freeze().items[1]?.n).toBe(2)
  })

  it('are on their own once another value was written to the field', () => {
    const m = filled()
    const item = m.items[2] as { n: number }
    m.items = [] as never
    m.$unmark()
    item.n = 5
    expect(m.$changed.size).toBe(0)
    expect(m.items).toHaveLength(0)
  })

  it('mark through several levels', () => {
    const Deep = new TypeDef('struct', { list: [{ list: [{ x: 'int8' }] }] })
    const m = Deep.create({ list: [{ list: [{ x: 1 }] }] }).$unmark()
    const inner = m.list[0]?.list[0] as { x: number }
    inner.x = 2
    expect([...m.$changed]).toEqual(['list'])
    expect(m.$freeze().list[0]?.list[0]?.x).toBe(2)
  })
})
