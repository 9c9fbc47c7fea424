// Random types and values through everything that must lose nothing: JSON, clone, freeze, and the PVAccess encoding.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Member } from '../../../lib-ts/data/index.js'
import {
  DecodePlan,
  decodeType,
  encodeChanged,
  encodeType,
  Reader,
  TypeDef,
  Writer,
  type MutableValue,
} from '../../../lib-ts/data/index.js'
import { encodeFull } from '../../../lib-ts/data/wire/encode.js'
import { PvaError } from '../../../lib-ts/errors.js'
import { filled, plainCode, text, type } from '../arbitrary.js'

it('a type survives JSON, printing and the encoding', () => {
  fc.assert(
    fc.property(type, (type) => {
      const again = TypeDef.fromJSON(JSON.parse(JSON.stringify(type)))
      expect(again.equals(type, { ids: true })).toBe(true)
      expect(String(again)).toBe(String(type))
      const writer = new Writer()
      encodeType(writer, type)
      const decoded = decodeType(new Reader(writer.bytes().slice().buffer))
      expect(decoded?.equals(type, { ids: true })).toBe(true)
    }),
  )
})

it('a value survives JSON, cloning and freezing', () => {
  fc.assert(
    fc.property(filled, (m) => {
      const json = text(m)
      const again = m.$type.create(JSON.parse(json) as never)
      expect(text(again)).toBe(json)
      expect(again.$toObject()).toEqual(m.$toObject())
      expect(text(m.$clone())).toBe(json)
      expect(text(m.$freeze())).toBe(json)
      expect(text(m.$freeze().$clone())).toBe(json)
      expect(text(m.$type.create(m.$freeze()))).toBe(json)
    }),
  )
})

it('a value survives the encoding, full and as changes', () => {
  fc.assert(
    fc.property(filled, (m) => {
      const frozen = m.$freeze()
      const plan = DecodePlan.of(m.$type)
      const writer = new Writer()
      encodeFull(writer, frozen)
      expect(text(plan.full(new Reader(writer.bytes().slice().buffer)))).toBe(text(m))
      writer.reset()
      encodeChanged(writer, m as never)
      const updated = plan.update(new Reader(writer.bytes().slice().buffer), plan.initial)
      expect(text(updated)).toBe(text(m))
      expect([...updated.$changed]).toEqual([...frozen.$changed])
    }),
  )
})

it('a value assigned to a fresh one of its type arrives equal, as do its marks', () => {
  fc.assert(
    fc.property(filled, fc.infiniteStream(fc.boolean()), (m, coin) => {
      for (const path of [...m.$changed]) if (coin.next().value === true) m.$unmark(path)
      const target = m.$type.create().$assign(m as never)
      expect([...target.$changed]).toEqual([...m.$changed])
      for (const path of m.$changed) expect(target.$get(path)).toEqual(m.$get(path))
    }),
  )
})

it('every leaf reads the same by path and by nested access, in both kinds of value', () => {
  fc.assert(
    fc.property(filled, (m) => {
      const frozen = m.$freeze()
      for (const path of m.$changed) {
        const nested = path
          .split('.')
          .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], frozen)
        expect(frozen.$get(path)).toBe(nested)
        expect(m.$get(path)).toEqual(nested)
      }
    }),
  )
})

it('anything at all written to anything is taken or refused with an error of ours, and never changes a number', () => {
  const something = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  const target = fc.oneof(
    plainCode.map((code) => new TypeDef(code) as TypeDef),
    type,
  )
  fc.assert(
    fc.property(target, something, (type, x) => {
      const m: MutableValue = new TypeDef('struct', [type.as('x')] as Member[]).create()
      try {
        m['x'] = x
      } catch (error) {
        expect(error).toBeInstanceOf(PvaError)
        expect(String(error)).toMatch(/^\w+: [^\n]{1,400}$/)
        expect(m.$changed.size).toBe(0)
        return
      }
      const made: unknown = m['x']
      if (typeof x === 'number' && typeof made === 'number') {
        expect(type.code === 'float32' ? Math.fround(x) : x === 0 ? x + 0 || made : x).toBe(made)
      }
      if (typeof x === 'bigint' && (typeof made === 'number' || typeof made === 'bigint'))
        expect(BigInt(made)).toBe(x)
      expect(text(m.$type.create(JSON.parse(text(m)) as never))).toBe(text(m))
    }),
    { numRuns: 10_000 },
  )
})
