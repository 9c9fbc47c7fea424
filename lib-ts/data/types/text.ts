// A type as text and as plain data, and its comparison with another.
import { elementCode, isArrayCode, isMembered, type TypeCode } from './codes.js'
import { escaped } from '../../input/index.js'
import type { TypeDef } from './typedef.js'

/** A type as plain data. A type without members is its code. */
export type TypeJSON =
  TypeCode | { readonly code: TypeCode; readonly id?: string; readonly members: readonly MemberJSON[] }

/** A member as plain data: its name beside its type. */
export interface MemberJSON {
  readonly name: string
  readonly type: TypeJSON
}

// The words of PVXS, where they are others than ours.
const words: Partial<Readonly<Record<string, string>>> = {
  int8: 'int8_t',
  int16: 'int16_t',
  int32: 'int32_t',
  int64: 'int64_t',
  uint8: 'uint8_t',
  uint16: 'uint16_t',
  uint32: 'uint32_t',
  uint64: 'uint64_t',
  float32: 'float',
  float64: 'double',
}

/** The layout as PVXS and its pvxinfo print it. */
export function typeText(type: TypeDef): string {
  return layoutOf(type, '')
}

export function typeToJSON(type: TypeDef): TypeJSON {
  if (!isMembered(type.code)) return type.code
  const members = type.members.map((member) => ({
    name: member.name,
    type: typeToJSON(member.type),
  }))
  return { code: type.code, ...(type.id === '' ? {} : { id: type.id }), members }
}

/** Whether both have the same codes, names and order; and ids, when these count. */
export function typesEqual(a: TypeDef, b: TypeDef, ids: boolean): boolean {
  if (a === b) return true
  if (a.code !== b.code || a.members.length !== b.members.length || (ids && a.id !== b.id)) return false
  return a.members.every((member, i) => {
    const other = b.members[i]
    return other !== undefined && member.name === other.name && typesEqual(member.type, other.type, ids)
  })
}

function layoutOf(type: TypeDef, indent: string): string {
  const element = elementCode(type.code)
  const word = `${words[element] ?? element}${isArrayCode(type.code) ? '[]' : ''}`
  if (!isMembered(type.code)) return word
  const members = type.members.map(
    (member) => `${indent}    ${layoutOf(member.type, `${indent}    `)} ${member.name}\n`,
  )
  const body = members.length === 0 ? '{}' : `{\n${members.join('')}${indent}}`
  return `${word}${type.id === '' ? '' : ` ${escaped(type.id)}`} ${body}`
}
