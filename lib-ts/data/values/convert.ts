// Whatever a user writes, into the form a field reads as; or an error that names the path, the value and the type.
import { ConversionError, NoFieldError } from '../../errors.js'
import { toFrozenList, toNumberArray } from './array.js'
import { ValueBase } from './base.js'
import { toAny, toList, toUnion } from './compound.js'
import { isArrayCode, type ScalarCode, type TypeCode } from '../types/codes.js'
import { enumIndex } from './enum-index.js'
import { cellsOf, insideOf, type Inside } from './inside.js'
import { Layout } from '../types/layout.js'
import { ownCell } from './live.js'
import { assignPath } from './assign.js'
import { isPlainObject, ownEntries } from '../../input/index.js'
import { noField, tooDeep, unfit } from './errors.js'
import { Refusal, toScalar } from './scalar.js'
import { Stage } from './stage.js'
import { Storage } from './storage.js'
import { MAX_DEPTH } from '../types/rules.js'
import type { TypeDef } from '../types/typedef.js'
import { makeValue } from './value.js'

/** What a conversion knows of the write it is part of. */
export interface Write {
  readonly stage: Stage
  /** Where the value will stand: a value that holds this place cannot be written there. */
  readonly target: Inside | undefined
  /** How deep the field stands on the wire, where unions, anys and arrays nest as structures do. */
  readonly depth: number
}

/** Which fields of a Value are taken: those marked, or all. `initial`: all, as far as the type has them. */
export type Taking = 'marked' | 'all' | 'initial'

/** The cell of a field of that type. */
export function toCell(type: TypeDef, x: unknown, path: string, write: Write): unknown {
  switch (type.code) {
    case 'struct':
      return toStruct(type, x, path, write)
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

/** An immutable structure: an element, a union's member, an any's value. All of a Value is taken. */
export function toStruct(type: TypeDef, x: unknown, path: string, write: Write): ValueBase {
  if (write.depth >= MAX_DEPTH) throw tooDeep(path, x, type.code)
  const storage = Storage.empty(Layout.of(type))
  const stage = new Stage(write.stage.borrow)
  assignStruct(storage, 0, x, path, { ...write, stage, depth: write.depth + 1 }, 'all')
  stage.commit()
  storage.marks[0] = 1
  return makeValue(storage.layout, storage.cells, storage.marks) as unknown as ValueBase
}

/** Stages what an object or a Value sets in a structure. Paths in errors begin at `path`, the structure's own. */
export function assignStruct(
  storage: Storage,
  index: number,
  x: unknown,
  path: string,
  write: Write,
  taking: Taking,
): void {
  if (x instanceof ValueBase) {
    refuseSelf(x, path, 'struct', write)
    takeValue(storage, index, cellsOf(x), path, write, taking)
    return
  }
  if (chosen(storage, index, x, path, write)) return
  if (!isPlainObject(x)) throw unfit(path, x, 'struct', 'is neither a plain object nor a Value')
  for (const [name, value] of ownEntries(x, path === '' ? 'the object' : `the object for ${path}`)) {
    const at = storage.layout.child(index, name)
    if (at >= 0) assignField(storage, at, value, joined(path, name), write)
    else assignPath(storage, index, name, value, path, write)
  }
}

/** Stages the index that a label or an index means, where the structure is an enumeration that holds its choices. */
function chosen(storage: Storage, index: number, x: unknown, path: string, { stage }: Write): boolean {
  if (typeof x === 'object' && x !== null) return false
  const { layout } = storage
  const at = layout.child(index, 'index')
  const choices = layout.child(index, 'choices')
  if (at < 0 || choices < 0) return false
  const { code } = layout.field(at).type
  // What is borrowed is only sent, and the choices are with who gets it.
  if (!/^u?int[0-9]+$/.test(code) || layout.field(choices).type.code !== 'string[]' || stage.borrow)
    return false
  const made = enumIndex(stage.read(storage, choices) as readonly string[], x, path)
  stage.write(storage, at, toChecked(code as ScalarCode, made, path))
  return true
}

/** Stages one numbered field; a structure takes what the object names, or all of a Value. */
export function assignField(storage: Storage, index: number, x: unknown, path: string, write: Write): void {
  const { type } = storage.layout.field(index)
  if (type.code === 'struct') assignStruct(storage, index, x, path, write, 'all')
  else {
    const target = write.target ?? { storage, index }
    write.stage.write(storage, index, toCell(type, x, path, { ...write, target }))
  }
}

export function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Names of the members of a type, and so the fields that exist there. */
export function namesOf(type: TypeDef): readonly string[] {
  return type.members.map(({ name }) => name)
}

/** @throws {@link ConversionError} when the value holds the place it is to be written to, and so would hold itself */
export function refuseSelf(value: ValueBase, path: string, code: TypeCode, { target }: Write): void {
  const source = insideOf(value)
  let at = target
  while (source !== undefined && at !== undefined) {
    const { end } = source.storage.layout.field(source.index)
    if (at.storage === source.storage && at.index >= source.index && at.index < end) {
      throw unfit(path, value, code, 'cannot become a part of itself')
    }
    at = at.storage.holder
  }
}

function toNumbers(type: TypeDef, x: unknown, path: string, { stage }: Write): unknown {
  return toNumberArray(type.element.code as Parameters<typeof toNumberArray>[0], x, path, stage.borrow)
}

function toChecked(code: ScalarCode, x: unknown, path: string): unknown {
  const made = toScalar(code, x)
  if (made instanceof Refusal) throw unfit(path, x, code, made.why)
  return made
}

function takeValue(
  storage: Storage,
  index: number,
  source: Storage,
  path: string,
  write: Write,
  taking: Taking,
): void {
  const base = storage.layout.field(index).path
  for (const field of source.layout.fields) {
    const marked = source.covered(field.index)
    if (field.type.code === 'struct' || (taking === 'marked' && !marked)) continue
    const at = storage.layout.byPath.get(joined(base, field.path))
    try {
      if (at === undefined) throw missing(storage.layout, index, field.path, path)
      takeCell(storage, at, source, field.index, joined(path, field.path), write)
    } catch (error) {
      if (taking === 'initial' && !marked && isUnfit(error)) continue
      throw error
    }
  }
}

function takeCell(
  storage: Storage,
  at: number,
  source: Storage,
  from: number,
  path: string,
  write: Write,
): void {
  const { type } = storage.layout.field(at)
  const { type: given } = source.layout.field(from)
  const cell = source.cells[from]
  if (type === given || (type.code === given.code && type.equals(given, { ids: true }))) {
    write.stage.write(storage, at, write.stage.borrow ? cell : ownCell(type, cell))
  } else {
    assignField(storage, at, cell, path, write)
  }
}

function missing(layout: Layout, index: number, name: string, path: string): NoFieldError {
  let at = index
  let place = path
  for (const step of name.split('.')) {
    const next = layout.child(at, step)
    if (next < 0) break
    at = next
    place = joined(place, step)
  }
  return noField(joined(path, name), place, namesOf(layout.field(at).type))
}

function isUnfit(error: unknown): boolean {
  return error instanceof ConversionError || error instanceof NoFieldError
}
