import { describe, expect, it } from 'vitest'
import { borrowed, TypeDef } from '../../../lib-ts/data/index.js'
import { InvalidArgumentError } from '../../../lib-ts/errors.js'
import { Device, filled, loose } from './device.js'

describe('copies', () => {
  it('[79] by $clone() are deep, unions and anys included', () => {
    const m = filled()
    for (const original of [m, m.$freeze()]) {
      const before = JSON.stringify(original)
      const clone = original.$clone()
      clone.value[0] = 99
      clone.limits.low = 99
      loose(clone)['items[0].wave[0]'] = 99
      ;(clone.items[0] as { n: number }).n = 99
      ;(clone.items[0] as { wave: Int16Array }).wave[1] = 99
      ;(clone.choice as unknown as { value: { wave: Int16Array } }).value.wave[0] = 99
      ;(clone.variant as unknown as { value: { name: string } }).value.name = '99'
      loose(clone)['variants[1]->name'] = '99'
      expect(JSON.stringify(original)).toBe(before)
      expect(clone.$toObject()).not.toEqual(original.$toObject())
    }
  })

  it('by $freeze() do not change with the original', () => {
    const m = filled()
    const frozen = m.$freeze()
    const before = JSON.stringify(frozen)
    m.value[0] = 99
    ;(m.items[0] as { wave: Int16Array }).wave[0] = 99
    m.$clear()
    expect(JSON.stringify(frozen)).toBe(before)
    expect(Object.isFrozen(frozen)).toBe(true)
    expect(loose(frozen.limits)['$freeze']).toBeUndefined()
  })

  it('of a nested structure stand alone', () => {
    const m = filled()
    const limits = m.limits.$clone()
    limits.low = 50
    expect(m.limits.low).toBe(-1)
    expect(m.limits.$freeze().$toObject()).toEqual({ low: -1, high: 1, deep: { x: 7n } })
  })

  it('are not made of arrays that are borrowed', () => {
    const array = Int32Array.of(1, 2)
    const m = borrowed(Device, { value: array })
    expect(m['value']).toBe(array)
    expect([...m.$changed]).toEqual(['value'])
    expect(Device.create({ value: array }).value).not.toBe(array)
  })
})

describe('create', () => {
  it('refuses types that are not structures', () => {
    for (const code of ['int32', 'struct[]', 'any', 'string[]'] as const) {
      expect(() => new TypeDef(code).create()).toThrow(InvalidArgumentError)
    }
    expect(() => new TypeDef('union', { a: 'int8' }).create()).toThrow(/only a structure/)
  })

  it('takes a thousand and 65,536 fields', () => {
    for (const count of [1000, 65_536]) {
      const shape = Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'int8' as const]))
      const m = new TypeDef('struct', shape).create({ [`f${count - 1}`]: 1 })
      expect([...m.$changed]).toEqual([`f${count - 1}`])
      expect(m.$freeze()[`f${count - 1}`]).toBe(1)
    }
  })
})
