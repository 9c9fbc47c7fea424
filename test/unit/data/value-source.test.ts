import { describe, expect, it } from 'vitest'
import { any, borrowed, TypeDef, union, type MutableValue } from '../../../lib-ts/data/index.js'
import { NoFieldError } from '../../../lib-ts/errors.js'
import { NTScalar } from '../../../lib-ts/nt/index.js'

const Place = new TypeDef('struct', 'place_t', { x: 'int32', y: 'int32' })
const Outer = new TypeDef('struct', {
  z: Place,
  q: 'any',
  choice: new TypeDef('union', { n: 'int8', place: Place }),
  list: [Place],
})
/** Looks like a place, and has a member that a place lacks. */
const LookAlike = new TypeDef('struct', 'place_t', { x: 'int32', y: 'int32', extra: 'string' })

const outer = (): MutableValue => Outer.create({ z: { x: 1, y: 2 } }).$unmark() as MutableValue

describe('a Value as source assigns only what is marked', () => {
  it.each([
    ['a.z = b', (a: MutableValue, b: unknown) => (a['z'] = b)],
    ['a.$assign({ z: b })', (a: MutableValue, b: unknown) => a.$assign({ z: b })],
    ['a.z.$assign(b)', (a: MutableValue, b: unknown) => (a['z'] as MutableValue).$assign(b as never)],
  ])('%s leaves what b does not mark, and needs no field for it', (_, assign) => {
    for (const b of [LookAlike.create({ x: 5 }), LookAlike.create({ x: 5 }).$freeze()]) {
      const a = outer()
      assign(a, b)
      expect((a['z'] as MutableValue).$toObject()).toEqual({ x: 5, y: 2 })
      expect([...a.$changed]).toEqual(['z.x'])
    }
  })

  it('a marked field that is missing is the error, and nothing is assigned', () => {
    const a = outer()
    const b = LookAlike.create({ x: 5, extra: 'e' })
    expect(() => (a['z'] = b)).toThrow(NoFieldError)
    expect(() => (a['z'] = b)).toThrow(/z\.extra/)
    expect(() => (a['choice'] = union('place', b))).toThrow(/choice->place\.extra/)
    expect(() => (a['list'] = [b])).toThrow(/list\[0\]\.extra/)
    expect(a.$changed.size).toBe(0)
  })

  it('a.q = b (any) holds b as it is, with its own type', () => {
    const a = outer()
    a['q'] = LookAlike.create({ x: 5 })
    expect((a['q'] as { value: MutableValue }).value.$toObject()).toEqual({ x: 5, y: 0, extra: '' })
    a['q'] = any(Place, LookAlike.create({ x: 6 }))
    expect((a['q'] as { value: MutableValue }).value.$toObject()).toEqual({ x: 6, y: 0 })
  })

  it('inside an element, a member and an any that are there, too', () => {
    const a = Outer.create({ list: [{ y: 2 }], choice: union('place', { y: 2 }), q: any(Place, { y: 2 }) })
    const loose = a as MutableValue
    for (const path of ['list[0]', 'choice->place', 'q->']) {
      loose[path] = LookAlike.create({ x: 5 })
      expect((loose.$get(path) as MutableValue).$toObject(), path).toEqual({ x: 5, y: 2 })
    }
  })

  it('an element, a member and an any that are new take the whole value, for they are sent whole', () => {
    const whole = LookAlike.create({ x: 1, y: 2 }).$unmark('y')
    const a = Outer.create({ list: [whole], choice: union('place', whole) })
    expect(a.list[0]?.$toObject()).toEqual({ x: 1, y: 2 })
    expect((a.choice?.value as unknown as MutableValue).$toObject()).toEqual({ x: 1, y: 2 })
  })

  it('what is sent has the marked fields alone', () => {
    const sent = borrowed(Outer, { z: LookAlike.create({ y: 7 }) })
    expect([...sent.$changed]).toEqual(['z.y'])
  })

  it('a part of a delivered value is taken whole: new nanoseconds do not go with old seconds', () => {
    const Reading = new NTScalar('float64')
    const v = Reading.create({ timeStamp: { secondsPastEpoch: 5, nanoseconds: 6 } })
      .$unmark('timeStamp.secondsPastEpoch')
      .$freeze()
    const m = Reading.create({ timeStamp: v.timeStamp })
    expect(m.$timeNs).toBe(5_000_000_006n)
    expect(m.$isChanged('timeStamp.secondsPastEpoch')).toBe(true)
  })
})
