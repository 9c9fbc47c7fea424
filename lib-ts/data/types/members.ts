import { InvalidArgumentError } from '../../errors.js'
import { elementCode, isArrayCode, isMembered, isTypeCode, type TypeCode } from './codes.js'
import { isPlainObject, ownEntries } from '../../input/objects.js'
import { isWellFormed, quote } from '../../input/quote.js'
import type { TypeDef } from './typedef.js'
import { Member, memberOf, MAX_DEPTH, plainType, trustedMember, trustedType, typeDefOf } from './typedef.js'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** @throws {@link InvalidArgumentError} that names the name, when it is none */
export function checkName(name: unknown): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new InvalidArgumentError(
      `${quote(name)} is not a field name: letters, digits and _, no digit first`,
    )
  }
}

/** The id, when this code may have it. */
export function checkId(code: TypeCode, id: unknown): string {
  if (typeof id !== 'string') throw new InvalidArgumentError(`a type id is text, not ${quote(id)}`)
  if (id !== '' && !isMembered(code))
    throw new InvalidArgumentError(`${code} has no id, and was given ${quote(id)}`)
  if (!isWellFormed(id)) throw new InvalidArgumentError(`the type id ${quote(id)} holds a lone surrogate`)
  return id
}

/** Members from either form in which users give them. */
export function membersFrom(input: unknown, depth = 0): readonly Member[] {
  if (depth > MAX_DEPTH) throw tooDeep()
  const members = Array.isArray(input) ? membersFromArray(input) : membersFromShape(input, depth)
  const names = new Set<string>()
  for (const { name } of members) {
    if (names.has(name)) throw new InvalidArgumentError(`there are two members ${quote(name)}`)
    names.add(name)
  }
  return members
}

/** What `extend` makes of the members that are there and those that come. */
export function mergeMembers(
  present: readonly Member[],
  added: readonly Member[],
  path: string,
): readonly Member[] {
  const merged = [...present]
  const places = new Map(present.map((member, index) => [member.name, index]))
  for (const member of added) {
    const place = places.get(member.name)
    if (place === undefined) merged.push(member)
    else merged[place] = mergeMember(merged[place] as Member, member, path)
  }
  return merged
}

function mergeMember(present: Member, added: Member, path: string): Member {
  const at = `${path}${present.name}`
  if (isMembered(present.code) !== isMembered(added.code)) {
    throw new InvalidArgumentError(`${quote(at)} is ${present.code} and cannot become ${added.code}`)
  }
  if (!isMembered(present.code)) return added
  if (elementCode(present.code) !== elementCode(added.code)) {
    throw new InvalidArgumentError(`${quote(at)} is ${present.code} and cannot become ${added.code}`)
  }
  const members = mergeMembers(present.children, added.children, `${at}.`)
  return trustedMember(
    present.name,
    trustedType(added.code, added.id === '' ? present.id : added.id, members),
  )
}

function membersFromArray(input: readonly unknown[]): Member[] {
  return Array.from(input, (member) => {
    if (member instanceof Member) return member
    throw new InvalidArgumentError(`members are Member objects, and one is ${quote(member)}`)
  })
}

function membersFromShape(input: unknown, depth: number): Member[] {
  if (!isPlainObject(input)) {
    throw new InvalidArgumentError(`members are an array of Member or an object, not ${quote(input)}`)
  }
  return ownEntries(input, 'the members of a type').map(([name, entry]) => {
    checkName(name)
    return memberOf(name, typeOfEntry(entry, name, depth))
  })
}

function typeOfEntry(entry: unknown, name: string, depth: number): TypeDef {
  if (depth > MAX_DEPTH) throw tooDeep()
  if (isTypeCode(entry)) return plainType(entry)
  if (Array.isArray(entry)) return arrayOf(entry, name, depth)
  const type = typeDefOf(entry)
  if (type !== undefined) return type
  if (!isPlainObject(entry))
    throw new InvalidArgumentError(`member ${quote(name)} is ${quote(entry)}, which is no type`)
  return trustedType('struct', '', membersFrom(entry, depth + 1))
}

function arrayOf(entry: readonly unknown[], name: string, depth: number): TypeDef {
  if (entry.length !== 1) {
    throw new InvalidArgumentError(
      `member ${quote(name)}: an array type is written [element], with one element`,
    )
  }
  const element = typeOfEntry(entry[0], name, depth + 1)
  const code: unknown = `${element.code}[]`
  if (isArrayCode(element.code) || !isTypeCode(code)) {
    throw new InvalidArgumentError(`member ${quote(name)}: there are no arrays of ${element.code}`)
  }
  return trustedType(code, element.id, element.members)
}

export function tooDeep(): InvalidArgumentError {
  return new InvalidArgumentError(`types may nest ${MAX_DEPTH} deep, and this one nests deeper`)
}
