// Converts what a user writes to the form a field reads as. Errors name the path, the value and the type.
import { isArrayCode, type NumberCode, type ScalarCode, type TypeCode } from '../types/codes.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import { MAX_DEPTH } from '../types/rules.js'
import { memberNamed, namesOf, type TypeDef } from '../types/typedef.js'
import { codeOfTyped, kindOf, listOf, toFrozenList, toNumberArray } from './array.js'
import { LAYOUT, ValueCore } from './core.js'
import { deriveType } from './derive.js'
import { isUnfit, noField, tooDeep, unfit } from './errors.js'
import { Refusal, toScalar } from './scalar.js'
import { insideOf, type Inside, type Stage } from './storage.js'
import { tagged, tagOf, typed, typeOfTag } from './tagged.js'

/** What a conversion knows of the write it is part of. */
export interface Write {
  readonly stage: Stage
  /** Where the value will stand: a value that holds this place cannot be written there. */
  readonly target: Inside | undefined
  /** How deep the field stands on the wire, where unions, anys and arrays nest as structures do. */
  readonly depth: number
  /** Converts to a structure. Handed in by assign.ts, which needs this file to stage the fields. */
  readonly struct: (type: TypeDef, x: unknown, path: string, write: Write) => ValueCore
}

/** The cell of a field of that type. */
export function toCell(type: TypeDef, x: unknown, path: string, write: Write): unknown {
  switch (type.code) {
    case 'struct':
      return write.struct(type, x, path, write)
    case 'union':
      return toUnion(type, x, path, write)
    case 'any':
      return toAny(x, path, write)
    case 'struct[]':
    case 'union[]':
    case 'any[]':
      return toList(type, x, path, write)
    case 'bool[]':
    case 'string[]':
      return toFrozenList(type.code === 'bool[]' ? 'bool' : 'string', x, path)
    default:
      return isArrayCode(type.code)
        ? toNumbers(type, x, path, write)
        : toChecked(type.code as ScalarCode, x, path)
  }
}

/** What a `struct[]`, `union[]` or `any[]` reads as. */
function toList(type: TypeDef, x: unknown, path: string, write: Write): readonly unknown[] {
  const { element } = type
  const deeper = deeperIn(write, x, path)
  const list = Array.from(listOf(x, type.code, path), (item, i) => {
    if (item === null) return null
    return toCell(element, item, `${path}[${i}]`, deeper)
  })
  return Object.freeze(list)
}

/** What a union reads as: tagged, null, or by the first member that takes a plain value. */
function toUnion(type: TypeDef, x: unknown, path: string, write: Write): UnionValue | null {
  if (x === null) return null
  const deeper = deeperIn(write, x, path)
  const tag = tagOf(x, 'select', path)
  if (tag !== undefined && typeof tag.tag === 'string') {
    const member = memberNamed(type, tag.tag)
    if (member === undefined) throw noField(`${path}->${tag.tag}`, path, namesOf(type))
    return tagged(member.name, toCell(member.type, tag.value, `${path}->${member.name}`, deeper))
  }
  const chosen = firstThatTakes(type, x, path, deeper, true) ?? firstThatTakes(type, x, path, deeper, false)
  if (chosen !== undefined) return chosen
  const members = type.members.map((member) => `${member.name} (${member.code})`).join(', ')
  throw unfit(path, x, 'union', `fits none of its members: ${members === '' ? 'there are none' : members}`)
}

/** What an any reads as: typed, null, or of the type that a plain value suggests. */
function toAny(x: unknown, path: string, write: Write): AnyValue | null {
  if (x === null) return null
  const deeper = deeperIn(write, x, path)
  const tag = tagOf(x, 'type', path)
  const given = tag === undefined ? undefined : typeOfTag(tag.tag)
  if (given !== undefined) return typed(given, ofType(given, tag?.value, path, deeper))
  if (x instanceof ValueCore) {
    refuseSelf(x, path, 'any', write)
    return typed(x[LAYOUT].type, ofType(x[LAYOUT].type, x, path, deeper))
  }
  const type = deriveType(x, path)
  return typed(type, ofType(type, x, path, deeper))
}

/** Conversion of an any's value; its type stands beside it, so both must not nest too deep. */
function ofType(type: TypeDef, x: unknown, path: string, write: Write): unknown {
  if (write.depth + type.height > MAX_DEPTH) throw tooDeep(path, x, 'value')
  return toCell(type, x, path, write)
}

function deeperIn(write: Write, x: unknown, path: string): Write {
  if (write.depth >= MAX_DEPTH) throw tooDeep(path, x, 'value')
  return { ...write, depth: write.depth + 1 }
}

/**
 * The first member that takes the value. With `exactly`, it must also read as what was written, so that a number is not
 * stored as text, or rounded, when a later member holds it unchanged.
 */
function firstThatTakes(
  type: TypeDef,
  x: unknown,
  path: string,
  write: Write,
  exactly: boolean,
): UnionValue | undefined {
  for (const { name, type: member } of type.members) {
    if (x instanceof ValueCore && member.code === 'struct' && !hasFieldsOf(member, x)) continue
    try {
      const value = toCell(member, x, `${path}->${name}`, write)
      if (!exactly || isSame(x, value, member)) return tagged(name, value)
    } catch (error) {
      if (!isUnfit(error)) throw error
    }
  }
  return undefined
}

/** Whether a structure has all fields of a value, marked or not: a member is chosen by what the value is, not by its marks. */
function hasFieldsOf(member: TypeDef, x: ValueCore): boolean {
  const { byPath } = Layout.of(member)
  return x[LAYOUT].fields.every(({ path, index }) => index === 0 || byPath.has(path))
}

function isSame(x: unknown, made: unknown, member: TypeDef): boolean {
  if (typeof x === 'bigint' && typeof made === 'number') return true // only an exact one was taken
  if (typeof x === 'number' && typeof made === 'bigint') return true
  if (typeof x !== 'object' || x === null) return Object.is(x, made) || (x === 0 && made === 0)
  if (x instanceof ValueCore) return member.code !== 'struct' || member.equals(x[LAYOUT].type)
  const typed = codeOfTyped(x)
  if (typed !== undefined) return kindOf(x) === kindOf(made)
  if (!isArrayLike(x) || !isArrayLike(made)) return true
  return Array.from(x).every((item, i) => isSame(item, made[i], member.element))
}

function isArrayLike(x: unknown): x is ArrayLike<unknown> & Iterable<unknown> {
  return Array.isArray(x) || kindOf(x) !== undefined
}

/** @throws {@link ConversionError} when the value holds the place it is to be written to, and so would hold itself */
export function refuseSelf(value: ValueCore, path: string, code: TypeCode, { target }: Write): void {
  const source = insideOf(value)
  let at = target
  while (source !== undefined && at !== undefined) {
    const { end } = source.storage.layout.field(source.index)
    if (at.storage === source.storage && at.index >= source.index && at.index < end) {
      throw unfit(path, value, code, 'cannot become a part of itself')
    }
    at = at.storage.parent
  }
}

function toNumbers(type: TypeDef, x: unknown, path: string, { stage }: Write): unknown {
  return toNumberArray(type.element.code as NumberCode, x, path, stage.borrow)
}

/** A scalar of that code. */
export function toChecked(code: ScalarCode, x: unknown, path: string): unknown {
  const made = toScalar(code, x)
  if (made instanceof Refusal) throw unfit(path, x, code, made.why)
  return made
}
