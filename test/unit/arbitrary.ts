// Random types, and values of them, that fill every field.
import fc from 'fast-check'
import {
  any,
  TypeDef,
  union,
  type Member,
  type MutableValue,
  type ScalarCode,
  type TypeCode,
  type Value,
} from '../../lib-ts/data/index.js'

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
export const plainCode = fc.constantFrom<TypeCode>(
  ...scalarCodes,
  ...scalarCodes.map((code): TypeCode => `${code}[]`),
  'any',
  'any[]',
)
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/)
const names = fc.constantFrom('value', 'alarm', '__proto__', 'constructor', 'toString', 'a', 'b', 'c')

export const type = fc.letrec<{ type: TypeDef; struct: TypeDef }>((tie) => ({
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
export function input(type: TypeDef): fc.Arbitrary<unknown> {
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
    const pair = new TypeDef('struct', 'pair', {
      n: 'int32',
      u: new TypeDef('union[]', { s: 'string', b: 'bool[]' }),
    })
    return fc.oneof(
      fc.constant(null),
      held.chain((code) => input(new TypeDef(code) as TypeDef).map((x) => any(code, x))),
      input(pair as unknown as TypeDef).map((x) => any(pair, x)),
    )
  }
  if (code.endsWith('[]')) {
    const element = input(type.element)
    const nullable = type.element.code === 'struct' ? fc.option(element) : element
    return fc.array(nullable, { maxLength: 4 })
  }
  return scalar(code as ScalarCode)
}

export const filled = type.chain((type) => input(type).map((x) => type.create(x as never)))
export const text = (value: Value | MutableValue): string => JSON.stringify(value)
