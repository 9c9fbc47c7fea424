// Unions, anys, and arrays of them and of structures.
import { ConversionError, NoFieldError } from '../../errors.js'
import { codeOfTyped, kindOf, listOf } from './array.js'
import { ValueBase } from './base.js'
import { refuseSelf, toCell, namesOf, type Write } from './convert.js'
import { deriveType } from './derive.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { noField, tooDeep, unfit } from './errors.js'
import { tagOf, typeOfTag } from './tagged.js'
import { MAX_DEPTH } from '../types/rules.js'
import type { TypeDef } from '../types/typedef.js'

/** What a `struct[]`, `union[]` or `any[]` reads as. */
export function toList(type: TypeDef, x: unknown, path: string, write: Write): readonly unknown[] {
  const { element } = type
  const deeper = deeperIn(write, x, path)
  const list = Array.from(listOf(x, type.code, path), (item, i) => {
    if (item === null) return null
    return toCell(element, item, `${path}[${i}]`, deeper)
  })
  return Object.freeze(list)
}

/** What a union reads as: tagged, null, or by the first member that takes a plain value. */
export function toUnion(type: TypeDef, x: unknown, path: string, write: Write): UnionValue | null {
  if (x === null) return null
  const deeper = deeperIn(write, x, path)
  const tag = tagOf(x, 'select', path)
  if (tag !== undefined && typeof tag.tag === 'string') {
    const member = type.members.find(({ name }) => name === tag.tag)
    if (member === undefined) throw noField(`${path}->${tag.tag}`, path, namesOf(type))
    return tagged(member.name, toCell(member.type, tag.value, `${path}->${member.name}`, deeper))
  }
  const chosen = firstThatTakes(type, x, path, deeper, true) ?? firstThatTakes(type, x, path, deeper, false)
  if (chosen !== undefined) return chosen
  const members = type.members.map((member) => `${member.name} (${member.code})`).join(', ')
  throw unfit(path, x, 'union', `fits none of its members: ${members === '' ? 'there are none' : members}`)
}

/** What an any reads as: typed, null, or of the type that a plain value suggests. */
export function toAny(x: unknown, path: string, write: Write): AnyValue | null {
  if (x === null) return null
  const deeper = deeperIn(write, x, path)
  const tag = tagOf(x, 'type', path)
  const given = tag === undefined ? undefined : typeOfTag(tag.tag)
  if (given !== undefined) return typed(given, ofType(given, tag?.value, path, deeper))
  if (x instanceof ValueBase) {
    refuseSelf(x, path, 'any', write)
    return typed(x.$type, ofType(x.$type, x, path, deeper))
  }
  const type = deriveType(x, path)
  return typed(type, ofType(type, x, path, deeper))
}

/** Conversion of an any's value; its type stands beside it, so both must not nest too deep. */
export function ofType(type: TypeDef, x: unknown, path: string, write: Write): unknown {
  if (write.depth + type.height > MAX_DEPTH) throw tooDeep(path, x, 'value')
  return toCell(type, x, path, write)
}

function deeperIn(write: Write, x: unknown, path: string): Write {
  if (write.depth >= MAX_DEPTH) throw tooDeep(path, x, 'value')
  return { ...write, depth: write.depth + 1 }
}

/** An any of a known type, its value checked by it. */
export function typed(type: TypeDef, value: unknown): AnyValue {
  return Object.freeze({ type, value })
}

/** A union with a member selected, the value being in the form that member reads as. */
export function tagged(select: string, value: unknown): UnionValue {
  return Object.freeze({ select, value })
}

/**
 * The first member that takes the value; `exactly`: and then reads as what was written, so that a number is not stored as
 * text, or rounded, when a later member holds it as it is.
 */
function firstThatTakes(
  type: TypeDef,
  x: unknown,
  path: string,
  write: Write,
  exactly: boolean,
): UnionValue | undefined {
  for (const { name, type: member } of type.members) {
    try {
      const value = toCell(member, x, `${path}->${name}`, write)
      if (!exactly || isSame(x, value, member)) return tagged(name, value)
    } catch (error) {
      if (!(error instanceof ConversionError || error instanceof NoFieldError)) throw error
    }
  }
  return undefined
}

function isSame(x: unknown, made: unknown, member: TypeDef): boolean {
  if (typeof x === 'bigint' && typeof made === 'number') return true // only an exact one was taken
  if (typeof x === 'number' && typeof made === 'bigint') return true
  if (typeof x !== 'object' || x === null) return Object.is(x, made) || (x === 0 && made === 0)
  if (x instanceof ValueBase) return member.code !== 'struct' || member.equals(x.$type)
  const typed = codeOfTyped(x)
  if (typed !== undefined) return kindOf(x) === kindOf(made)
  if (!isArrayLike(x) || !isArrayLike(made)) return true
  return Array.from(x).every((item, i) => isSame(item, made[i], member.element))
}

function isArrayLike(x: unknown): x is ArrayLike<unknown> & Iterable<unknown> {
  return Array.isArray(x) || kindOf(x) !== undefined
}
