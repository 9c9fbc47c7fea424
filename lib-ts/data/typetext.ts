import { InvalidArgumentError } from '../errors.js'
import { elementCode, isArrayCode, isMembered, isTypeCode, type ScalarCode, type TypeCode } from './codes.js'
import { checkId, checkName, membersFrom } from './members.js'
import { isPlainObject, reading } from './plain-object.js'
import { quote } from './quote.js'
import type { TypeDef } from './type.js'
import { memberOf, MAX_DEPTH, plainType, trustedType } from './type.js'

/** A type as plain data. A type without members is its code. */
export type TypeJSON =
  TypeCode | { readonly code: TypeCode; readonly id?: string; readonly members: readonly MemberJSON[] }

/** A member as plain data: its name beside its type. */
export interface MemberJSON {
  readonly name: string
  readonly type: TypeJSON
}

// The words pvinfo prints.
const words: { readonly [C in ScalarCode]: string } = {
  bool: 'boolean',
  int8: 'byte',
  int16: 'short',
  int32: 'int',
  int64: 'long',
  uint8: 'ubyte',
  uint16: 'ushort',
  uint32: 'uint',
  uint64: 'ulong',
  float32: 'float',
  float64: 'double',
  string: 'string',
}

/** The layout as pvinfo prints it: the id stands for the type of what has one, members are indented below. */
export function typeText(type: TypeDef): string {
  return lines(type, '', '').join('\n')
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

function lines(type: TypeDef, name: string, indent: string): string[] {
  const text = [`${indent}${nameOf(type)}${name === '' ? '' : ` ${name}`}`]
  if (!isMembered(type.code)) return text
  const deeper = `${indent}    `
  if (isArrayCode(type.code)) return [...text, ...lines(type.element, '', deeper)]
  return [...text, ...type.members.flatMap((member) => lines(member.type, member.name, deeper))]
}

function nameOf(type: TypeDef): string {
  const element = elementCode(type.code)
  const bracket = isArrayCode(type.code) ? '[]' : ''
  if (element === 'struct' || element === 'union')
    return (type.id || { struct: 'structure', union: 'union' }[element]) + bracket
  return (element === 'any' ? 'any' : words[element as ScalarCode]) + bracket
}
