import { describe, expect, it } from 'vitest'
import { TypeDef } from '../../../lib-ts/data/index.js'
import { InvalidArgumentError, NoFieldError } from '../../../lib-ts/errors.js'
import { Device, filled } from './device.js'

describe('marks', () => {
  const leaves = (path: string): string[] => ['low', 'high', 'deep.x'].map((leaf) => `${path}.${leaf}`)

  it('[78] of a structure cover its leaves; without a path everything', () => {
    const m = Device.create()
    m.$mark('limits')
    expect([...m.$changed]).toEqual(leaves('limits'))
    expect(m.$isChanged('limits.deep.x')).toBe(true)
    expect(m.$isChanged('text')).toBe(false)
    expect([...m.limits.deep.$changed]).toEqual(['x'])
    expect(m.$mark().$changed.size).toBe(Device.members.length + 2)
  })

  it('[78] un-marking one leaf of a marked structure leaves the others', () => {
    const m = Device.create().$mark('limits')
    m.$unmark('limits.low')
    expect([...m.$changed]).toEqual(['limits.high', 'limits.deep.x'])
    m.limits.$unmark('deep')
    expect([...m.$changed]).toEqual(['limits.high'])
    m.$mark().$unmark('limits')
    expect(m.$changed.has('text')).toBe(true)
    expect(m.$isChanged('limits')).toBe(false)
    expect(m.$unmark().$changed.size).toBe(0)
  })

  it('[78] are set by assigning, also an equal value or an empty array, not by reading', () => {
    const m = Device.create()
    expect([m.text, m.items, m.limits.low, m.choice]).toEqual(['', [], 0, null])
    expect(m.$changed.size).toBe(0)
    m.text = ''
    m.value = [] as never
    expect([...m.$changed]).toEqual(['value', 'text'])
  })

  it('of what lies inside a leaf are those of the leaf', () => {
    const m = filled().$unmark()
    m.$mark('items[2].name').$mark('value[0]').$mark('choice->s')
    expect([...m.$changed]).toEqual(['value', 'items', 'choice'])
    expect(m.$isChanged('items[0]')).toBe(true)
    m.$unmark('items[0].name')
    expect([...m.$changed]).toEqual(['value', 'choice'])
    for (const path of ['nope', 'limits.nope', 'items[1].name', 'items[9]', 'choice->b', 'a..b']) {
      expect(() => m.$mark(path)).toThrow(NoFieldError)
      expect(() => m.$unmark(path)).toThrow(NoFieldError)
    }
    expect(() => m.$mark(5 as never)).toThrow(InvalidArgumentError)
  })

  it('come along with a clone, a frozen copy, and an assigned Value', () => {
    const m = filled().$unmark()
    m.text = 'only this'
    m.limits.high = 4
    expect([...m.$clone().$changed]).toEqual(['text', 'limits.high'])
    expect([...m.$freeze().$changed]).toEqual(['text', 'limits.high'])
    const other = Device.create({ limits: { low: 5 } }).$unmark()
    other.$assign(m.$freeze())
    expect([...other.$changed]).toEqual(['text', 'limits.high'])
    expect(other.limits.$toObject()).toMatchObject({ low: 5, high: 4 })
    expect(other.value).toHaveLength(0)
  })

  it('of an initial Value stay, while all of it is taken', () => {
    const m = filled().$unmark().$mark('text')
    const copy = Device.create(m.$freeze())
    expect(copy.$toObject()).toEqual(m.$toObject())
    expect([...copy.$changed]).toEqual(['text'])
    const Less = new TypeDef('struct', { text: 'string' })
    expect(Less.create(m.$freeze() as never).text).toBe('hi')
    m.$mark('names')
    expect(() => Less.create(m.$freeze() as never)).toThrow(NoFieldError)
  })

  it('[80] and values are gone after $clear()', () => {
    const m = filled()
    m.$clear()
    expect(m.$toObject()).toEqual(Device.create().$toObject())
    expect(m.$changed.size).toBe(0)
    const part = filled().$mark()
    part.limits.$clear()
    expect(part.limits.$toObject()).toEqual({ low: 0, high: 0, deep: { x: 0n } })
    expect(part.text).toBe('hi')
    expect(part.$isChanged('limits')).toBe(false)
    expect(part.$isChanged('text')).toBe(true)
  })
})
