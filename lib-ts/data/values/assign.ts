// Writing to a structure: what an object or a Value sets in it, or what a path such as `items[2].name` or `choice->b` names.
// Everything is staged, so a write that fails changes nothing.
import { NoFieldError } from '../../errors.js'
import { isPlainObject, ownEntries, quote } from '../../input/index.js'
import type { NumberArray, ScalarCode } from '../types/codes.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import { MAX_DEPTH } from '../types/rules.js'
import { memberNamed, namesOf, type TypeDef } from '../types/typedef.js'
import { codeOfTyped, copyOf } from './array.js'
import { refuseSelf, toCell, toChecked, type Write } from './convert.js'
import { copyOfStorage, ownCell } from './copy.js'
import { ValueCore } from './core.js'
import { enumIndex } from './enum-index.js'
import { isUnfit, noField, tooDeep, unfit } from './errors.js'
import { Frozen, META } from './frozen.js'
import { joined, stepsOf, type Step } from './lookup.js'
import { cellsOf, defaultOf, insideOf, parentOf, Stage, Storage } from './storage.js'
import { tagged, typed } from './tagged.js'
import { makeFrozen } from './value.js'

/**
 * Which fields of a Value are taken: those marked, or as many as fit. One that is marked and does not fit is an error
 * either way.
 */
export type Taking = 'marked' | 'fitting'

/** What a write knows at its beginning; `depth` is how deep the field stands that is written to. */
export function writing(stage: Stage, depth: number): Write {
  return { stage, target: undefined, depth, struct: toStruct }
}

/** An immutable structure: an element, a union's member, an any's value. They are sent whole, so a Value is taken whole. */
function toStruct(type: TypeDef, x: unknown, path: string, write: Write): ValueCore {
  if (write.depth >= MAX_DEPTH) throw tooDeep(path, x, type.code)
  const storage = Storage.empty(Layout.of(type))
  const stage = new Stage(write.stage.borrow)
  assignStruct(storage, 0, x, path, { ...write, stage, depth: write.depth + 1 }, 'fitting')
  stage.commit()
  storage.marks[0] = 1
  return makeFrozen(storage.layout, storage.cells, storage.marks)
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
  if (x instanceof ValueCore) {
    refuseSelf(x, path, 'struct', write)
    takeValue(storage, index, cellsOf(x), path, write, taking)
    return
  }
  if (chosen(storage, index, x, path, write)) return
  if (!isPlainObject(x)) throw unfit(path, x, 'struct', noStructure(storage.layout.field(index).type))
  for (const [name, value] of ownEntries(x, path === '' ? 'the object' : `the object for ${path}`)) {
    const at = storage.layout.child(index, name)
    if (at >= 0) assignField(storage, at, value, joined(path, name), write)
    else assignPath(storage, index, name, value, path, write)
  }
}

function noStructure({ id }: TypeDef): string {
  const maker = id === 'time_t' ? 'timeStamp' : id === 'alarm_t' ? 'alarm' : undefined
  return `is neither a plain object nor a Value${maker === undefined ? '' : `: ${maker}(…) makes what belongs here`}`
}

/** Stages the index that a label or an index means, where the structure is an enumeration that holds its choices. */
function chosen(storage: Storage, index: number, x: unknown, path: string, { stage }: Write): boolean {
  if (typeof x === 'object' && x !== null) return false
  const { layout } = storage
  const at = layout.child(index, 'index')
  const choices = layout.child(index, 'choices')
  if (at < 0 || choices < 0) return false
  const { code } = layout.field(at).type
  // A borrowed value is only sent, and only the receiver knows the choices.
  if (!/^u?int[0-9]+$/.test(code) || layout.field(choices).type.code !== 'string[]' || stage.borrow)
    return false
  const made = enumIndex(stage.read(storage, choices) as readonly string[], x, path)
  stage.write(storage, at, toChecked(code as ScalarCode, made, path))
  return true
}

/** Stages one numbered field; a structure takes what the object names, or what is marked in a Value. */
export function assignField(storage: Storage, index: number, x: unknown, path: string, write: Write): void {
  const { type } = storage.layout.field(index)
  if (type.code === 'struct') assignStruct(storage, index, x, path, write, takingOf(x))
  else {
    const target = write.target ?? { storage, index }
    write.stage.write(storage, index, toCell(type, x, path, { ...write, target }))
  }
}

/**
 * A part of a delivered value, such as `v.timeStamp`, is taken whole. Its marks are those of one update: taking only these
 * would join the new nanoseconds to old seconds.
 */
function takingOf(x: unknown): Taking {
  return x instanceof Frozen && x[META].isPart ? 'fitting' : 'marked'
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
      if (taking === 'fitting' && !marked && isUnfit(error)) continue
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

/** What is left of a path, and where it started, for the text of an error. */
interface Rest {
  readonly steps: readonly Step[]
  readonly at: number
  readonly whole: string
  /** How far the path led. */
  readonly place: string
}

/** Stages what a path names, seen from a structure that stands at `path` itself. */
export function assignPath(
  storage: Storage,
  index: number,
  name: string,
  x: unknown,
  path: string,
  write: Write,
): void {
  const whole = joined(path, name)
  const steps = stepsOf(name)
  if (steps === null) throw noField(whole, path, namesOf(storage.layout.field(index).type))
  assignSteps(storage, index, { steps, at: 0, whole, place: path }, x, write)
}

function assignSteps(storage: Storage, index: number, from: Rest, x: unknown, write: Write): void {
  const { index: at, rest } = descend(storage.layout, index, from)
  if (rest.at === rest.steps.length) {
    assignField(storage, at, x, rest.place, write)
    return
  }
  const { type } = storage.layout.field(at)
  const cell = write.stage.read(storage, at)
  const target = write.target ?? { storage, index: at }
  const made = changed(type, cell, rest, x, { ...write, target })
  write.stage.write(storage, at, made)
  const parent = parentOf(cell)
  if (made !== cell && parent !== undefined) write.stage.later(() => parent.renew())
}

/** Follows a path as far as it leads through numbered fields. */
export function descend(layout: Layout, index: number, from: Rest): { index: number; rest: Rest } {
  let at = index
  let rest = from
  for (;;) {
    const { type } = layout.field(at)
    const step = rest.steps[rest.at]
    if (type.code !== 'struct' || step === undefined) return { index: at, rest }
    at = step.kind === 'field' ? layout.child(at, step.name) : -1
    if (at < 0) throw noField(rest.whole, rest.place, namesOf(type))
    rest = after(rest, step)
  }
}

/** The numbered field that a path leads to or into; undefined for what is not a path. */
export function fieldOfPath(layout: Layout, index: number, path: string): number | undefined {
  const steps = stepsOf(path)
  return steps === null ? undefined : descend(layout, index, { steps, at: 0, whole: path, place: '' }).index
}

/** The value with the rest of the path changed; the same object when the change is staged inside it. */
function changed(type: TypeDef, current: unknown, rest: Rest, x: unknown, write: Write): unknown {
  const step = rest.steps[rest.at]
  if (step === undefined) {
    const merges = current instanceof ValueCore && (isPlainObject(x) || x instanceof ValueCore)
    if (!merges) return toCell(type, x, rest.place, write)
    return edited(current, write, (storage, index, inner) =>
      assignStruct(storage, index, x, rest.place, inner, takingOf(x)),
    )
  }
  if (current instanceof ValueCore) {
    return edited(current, write, (storage, index, inner) => assignSteps(storage, index, rest, x, inner))
  }
  if (step.kind === 'element' && type.code.endsWith('[]')) {
    return inArray(type, current as ArrayLike<unknown>, step.index, rest, x, write)
  }
  if (step.kind === 'selected' && type.code === 'union') {
    return inUnion(type, current as UnionValue | null, step.name, rest, x, write)
  }
  if (step.kind === 'selected' && type.code === 'any' && current !== null) {
    return inAny(current as AnyValue, step.name, rest, x, write)
  }
  throw noField(rest.whole, rest.place, namesOf(type))
}

function inArray(
  type: TypeDef,
  current: ArrayLike<unknown>,
  index: number,
  rest: Rest,
  x: unknown,
  write: Write,
): unknown {
  if (index >= current.length) throw noElement(rest, current.length, write)
  const next = after(rest, { kind: 'element', index })
  const isLast = next.at === next.steps.length
  const made =
    isLast && x === null && type.code === 'struct[]'
      ? null
      : changed(type.element, current[index], next, x, write)
  if (made === current[index]) return current
  const code = codeOfTyped(current)
  if (code === undefined) {
    const list = Array.from(current)
    list[index] = made
    return Object.freeze(list)
  }
  // A borrowed array is the caller's; any other is this value's own, and may be large.
  const array = write.stage.borrow ? copyOf(code, current as NumberArray) : (current as NumberArray)
  write.stage.later(() => {
    array[index] = made as number
  })
  return array
}

function noElement({ whole, place }: Rest, length: number, { stage }: Write): NoFieldError {
  const count = length === 1 ? '1 element' : `${length === 0 ? 'no' : length} elements`
  // What is borrowed is only sent: it holds what the user named, and not the array that the receiver has.
  const why =
    stage.borrow && length === 0
      ? 'an element can only be written where the array is known: write the whole array, or put a function of the current value'
      : `${quote(place)} has ${count}`
  return new NoFieldError(`no field ${quote(whole)}: ${why}`, { path: whole, fields: [] })
}

function inUnion(
  type: TypeDef,
  current: UnionValue | null,
  name: string,
  rest: Rest,
  x: unknown,
  write: Write,
): UnionValue {
  const member = memberNamed(type, name)
  if (member === undefined) throw noField(rest.whole, rest.place, namesOf(type))
  const present = current?.select === name ? current.value : initialOf(member.type)
  const made = changed(member.type, present, after(rest, { kind: 'selected', name }), x, write)
  return current?.select === name && made === present ? current : tagged(name, made)
}

/** `variant->` is the any's value, `variant->name` a field of it. */
function inAny(current: AnyValue, name: string, rest: Rest, x: unknown, write: Write): AnyValue {
  const behind = after(rest, { kind: 'selected', name: '' })
  const next =
    name === ''
      ? behind
      : { ...rest, steps: rest.steps.with(rest.at, { kind: 'field', name }), place: behind.place }
  if (name !== '' && !(current.value instanceof ValueCore)) throw noField(rest.whole, rest.place, [])
  const made = changed(current.type, current.value, next, x, write)
  return made === current.value ? current : typed(current.type, made)
}

/** Edits a structure: staged in it when it is mutable, else in a new immutable one. */
function edited(
  current: ValueCore,
  write: Write,
  edit: (storage: Storage, index: number, write: Write) => void,
): ValueCore {
  const inside = insideOf(current)
  if (inside !== undefined) {
    edit(inside.storage, inside.index, write)
    return current
  }
  const storage = copyOfStorage(cellsOf(current))
  const stage = new Stage(write.stage.borrow)
  edit(storage, 0, { ...write, stage })
  stage.commit()
  return makeFrozen(storage.layout, storage.cells, storage.marks)
}

function initialOf(type: TypeDef): unknown {
  if (type.code !== 'struct') return defaultOf(type.code)
  const { layout, cells, marks } = Storage.empty(Layout.of(type))
  marks[0] = 1
  return makeFrozen(layout, cells, marks)
}

function after(rest: Rest, step: Step): Rest {
  const { place } = rest
  switch (step.kind) {
    case 'field':
      return { ...rest, at: rest.at + 1, place: joined(place, step.name) }
    case 'element':
      return { ...rest, at: rest.at + 1, place: `${place}[${step.index}]` }
    case 'selected':
      return { ...rest, at: rest.at + 1, place: `${place}->${step.name}` }
  }
}
