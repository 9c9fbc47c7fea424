import { InvalidArgumentError } from '../../errors.js'
import { elementCode, isArrayCode, isMembered, isTypeCode, type TypeCode } from './codes.js'
import { checkId, checkName, membersFrom } from './members.js'
import { isPlainObject, reading } from '../../input/objects.js'
import { quote } from '../../input/quote.js'
import type { TypeDef } from './typedef.js'
import { memberOf, MAX_DEPTH, plainType, trustedType } from './typedef.js'

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

export function typeFromJSON(json: unknown, at = '', depth = 0): TypeDef {
  const where = at === '' ? 'the type' : `the type of ${quote(at)}`
  if (isTypeCode(json)) return plainType(json)
  if (depth > MAX_DEPTH) throw new InvalidArgumentError(`${where} nests deeper than ${MAX_DEPTH}`)
  if (!isPlainObject(json))
    throw new InvalidArgumentError(`${where} is ${quote(json)}, neither a code nor an object`)
  const { code, id = '', members } = reading(where, () => ({ ...json }))
  if (!isTypeCode(code)) throw new InvalidArgumentError(`${where} has the unknown code ${quote(code)}`)
  if (!isMembered(code)) {
    throw new InvalidArgumentError(`${where}: ${code} has no members and is written as its code alone`)
  }
  if (!Array.isArray(members))
    throw new InvalidArgumentError(`${where} needs an array of members, not ${quote(members)}`)
  const parsed = (members as readonly unknown[]).map((member) => memberFromJSON(member, at, depth))
  return trustedType(code, checkId(code, id), membersFrom(parsed))
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

function memberFromJSON(json: unknown, at: string, depth: number): ReturnType<typeof memberOf> {
  if (!isPlainObject(json))
    throw new InvalidArgumentError(`a member of ${quote(at)} is ${quote(json)}, not an object`)
  const { name, type } = reading('a member', () => ({ ...json }))
  checkName(name)
  const path = at === '' ? (name as string) : `${at}.${name as string}`
  return memberOf(name as string, typeFromJSON(type, path, depth + 1))
}

function layoutOf(type: TypeDef, indent: string): string {
  const element = elementCode(type.code)
  const word = `${words[element] ?? element}${isArrayCode(type.code) ? '[]' : ''}`
  if (!isMembered(type.code)) return word
  const members = type.members.map(
    (member) => `${indent}    ${layoutOf(member.type, `${indent}    `)} ${member.name}\n`,
  )
  const body = members.length === 0 ? '{}' : `{\n${members.join('')}${indent}}`
  return `${word}${type.id === '' ? '' : ` ${quote(type.id)}`} ${body}`
}
