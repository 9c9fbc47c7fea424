// Random types and values through everything that must lose nothing: JSON, clone, freeze, and the PVAccess encoding.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Member } from '../../lib-ts/data/index.js'
import {
  any,
  DecodePlan,
  decodeType,
  encodeChanged,
  encodeFull,
  encodeType,
  Reader,
  TypeDef,
  union,
  Writer,
  type MutableValue,
  type ScalarCode,
  type TypeCode,
  type Value,
} from '../../lib-ts/data/index.js'
import { PvaError } from '../../lib-ts/errors.js'

const ranges = {
  int8: [-0x80, 0x7f],
  int16: [-0x8000, 0x7fff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint8: [0, 0xff],
  uint16: [0, 0xffff],
  uint32: [0, 0xffff_ffff],
} as const

function scalar(code: ScalarCode): fc.Arbitrary<unknown> {
  switch (code) {
    case 'bool':
      return fc.boolean()
    case 'string':
      return fc.string({ unit: 'binary' })
    case 'float64':
      return fc.double()
    case 'float32':
      return fc.float()
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'uint64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    default:
      return fc.integer({ min: ranges[code][0], max: ranges[code][1] })
  }
}

const scalarCodes: readonly ScalarCode[] = [
  'bool',
  'string',
  'float64',
  'float32',
  'int64',
  'uint64',
  'int8',
  'int16',
  'int32',
  'uint8',
  'uint16',
  'uint32',
]
const plainCode = fc.constantFrom<TypeCode>(
  ...scalarCodes,
  ...scalarCodes.map((code): TypeCode => `${code}[]`),
  'any',
  'any[]',
)
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/)
const names = fc.constantFrom('value', 'alarm', '__proto__', 'constructor', 'toString', 'a', 'b', 'c')

const type = fc.letrec<{ type: TypeDef; struct: TypeDef }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plainCode.map((code) => new TypeDef(code) as TypeDef),
    members(tie('type')).chain(([id, list]) =>
      fc
        .constantFrom('struct', 'struct[]', 'union', 'union[]')
        .map((code) => new TypeDef(code, id, list) as TypeDef),
    ),
  ),
  struct: members(tie('type')).map(([id, list]) => new TypeDef('struct', id, list) as TypeDef),
})).struct

function members(type: fc.Arbitrary<TypeDef>): fc.Arbitrary<[string, Member[]]> {
  const list = fc.uniqueArray(fc.tuple(fc.oneof(name, names), type), {
    selector: ([name]) => name,
    maxLength: 5,
  })
  return fc.tuple(
    fc.constantFrom('', 'alarm_t', 'epics:nt/NTScalar:1.0', 'é'),
    list.map((list) => list.map(([name, type]) => type.as(name))),
  )
}

/** What may be written to a field of that type, all of it named. */
function input(type: TypeDef): fc.Arbitrary<unknown> {
  const { code, members } = type
  if (code === 'struct') {
    const fields = members.map((member) => input(member.type).map((x) => [member.name, x] as const))
    return fc.tuple(...fields).map((entries) => Object.fromEntries(entries))
  }
  if (code === 'union') {
    const choices = members.map((member) => input(member.type).map((x) => union(member.name, x)))
    return fc.oneof(fc.constant(null), ...choices)
  }
  if (code === 'any') {
    const held = plainCode.filter((code) => !code.startsWith('any'))
    return fc.oneof(
      fc.constant(null),
      held.chain((code) => input(new TypeDef(code) as TypeDef).map((x) => any(code, x))),
    )
  }
  if (code.endsWith('[]')) {
    const element = input(type.element)
    const nullable = type.element.code === 'struct' ? fc.option(element) : element
    return fc.array(nullable, { maxLength: 4 })
  }
  return scalar(code as ScalarCode)
}

const filled = type.chain((type) => input(type).map((x) => type.create(x as never)))
const text = (value: Value | MutableValue): string => JSON.stringify(value)

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
    { numRuns: 2000 },
  )
})
