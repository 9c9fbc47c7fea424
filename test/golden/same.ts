import { expect } from 'vitest'
import { Value, type TypeDef } from '../../lib-ts/data/index.js'

const TYPED_ARRAYS: Readonly<Record<string, { readonly name: string }>> = {
  'int8[]': Int8Array,
  'int16[]': Int16Array,
  'int32[]': Int32Array,
  'int64[]': BigInt64Array,
  'uint8[]': Uint8Array,
  'uint16[]': Uint16Array,
  'uint32[]': Uint32Array,
  'uint64[]': BigUint64Array,
  'float32[]': Float32Array,
  'float64[]': Float64Array,
}

/** Asserts that a value reads exactly as the golden program's text of it says. */
export function expectSame(type: TypeDef, actual: unknown, text: unknown, path = ''): void {
  const { code } = type
  const numbers = TYPED_ARRAYS[code]
  if (numbers !== undefined) {
    expect((actual as object).constructor, path).toBe(numbers)
    expectElements(type.element, actual as ArrayLike<unknown>, text, path)
  } else if (code.endsWith('[]')) {
    expect(Object.isFrozen(actual), path).toBe(true)
    expectElements(type.element, actual as ArrayLike<unknown>, text, path)
  } else if (code === 'struct') expectStruct(type, actual, text as Record<string, unknown>, path)
  else if (code === 'union' || code === 'any') expectTagged(type, actual, text, path)
  else if (!Object.is(actual, scalarOf(code, text))) expect(actual, path).toBe(scalarOf(code, text))
}

function expectElements(type: TypeDef, actual: ArrayLike<unknown>, text: unknown, path: string): void {
  const texts = text as readonly unknown[]
  expect(actual.length, path).toBe(texts.length)
  for (let i = 0; i < texts.length; i++) {
    if (texts[i] === null) expect(actual[i], `${path}[${i}]`).toBe(null)
    else expectSame(type, actual[i], texts[i], `${path}[${i}]`)
  }
}

function expectStruct(type: TypeDef, actual: unknown, text: Record<string, unknown>, path: string): void {
  expect(actual instanceof Value, path).toBe(true)
  expect(Object.isFrozen(actual), path).toBe(true)
  const names = type.members.map((member) => member.name)
  expect(Object.keys(actual as object), path).toEqual(names)
  expect(Object.keys(text), path).toEqual(names)
  for (const { name, type: member } of type.members) {
    expectSame(member, Object.getOwnPropertyDescriptor(actual, name)?.value, text[name], `${path}.${name}`)
  }
}

function expectTagged(type: TypeDef, actual: unknown, text: unknown, path: string): void {
  if (text === null) {
    expect(actual, path).toBe(null)
    return
  }
  expect(Object.isFrozen(actual), path).toBe(true)
  if (type.code === 'any') {
    const any = actual as { type: TypeDef; value: unknown }
    expect(Object.keys(any), path).toEqual(['type', 'value'])
    expectSame(any.type, any.value, (text as { value: unknown }).value, `${path}->`)
    return
  }
  const union = actual as { select: string; value: unknown }
  const { select, value } = text as { select: string; value: unknown }
  expect(union.select, path).toBe(select)
  const member = type.members.find(({ name }) => name === select)
  expectSame(member?.type as TypeDef, union.value, value, `${path}->${select}`)
}

function scalarOf(code: string, text: unknown): unknown {
  if (code === 'int64' || code === 'uint64') return BigInt(text as string)
  if (code.startsWith('float')) return Number(text)
  if (code === 'string') return Buffer.from(text as string, 'hex').toString('utf8')
  return text
}
