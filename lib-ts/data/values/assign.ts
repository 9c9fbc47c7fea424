// Writing along a path: `alarm.severity`, `items[2].name`, `choice->b`, `value[0]`.
import { codeOfTyped, copyOf, type NumberArray } from './array.js'
import { ValueBase } from './base.js'
import { tagged, typed } from './compound.js'
import { assignField, assignStruct, joined, namesOf, toCell, type Write } from './convert.js'
import type { AnyValue, UnionValue } from '../types/infer.js'
import { cellsOf, insideOf } from './inside.js'
import { Layout } from '../types/layout.js'
import { copyOfStorage, holderOf, renew } from './live.js'
import { stepsOf, type Step } from './lookup.js'
import { isPlainObject } from '../../input/index.js'
import { noField } from './errors.js'
import { Stage } from './stage.js'
import { defaultOf, Storage } from './storage.js'
import type { TypeDef } from '../types/typedef.js'
import { makeValue } from './value.js'

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
  const holder = holderOf(cell)
  if (made !== cell && holder !== undefined) write.stage.later(() => renew(holder))
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

/** The numbered field that a path leads to or into; undefined for what is no path. */
export function fieldOfPath(layout: Layout, index: number, path: string): number | undefined {
  const steps = stepsOf(path)
  return steps === null ? undefined : descend(layout, index, { steps, at: 0, whole: path, place: '' }).index
}

/** A value with what the rest of the path names changed: the same object when the change is staged inside it. */
function changed(type: TypeDef, current: unknown, rest: Rest, x: unknown, write: Write): unknown {
  const step = rest.steps[rest.at]
  if (step === undefined) {
    const merges = current instanceof ValueBase && (isPlainObject(x) || x instanceof ValueBase)
    if (!merges) return toCell(type, x, rest.place, write)
    return edited(current, write, (storage, index, inner) =>
      assignStruct(storage, index, x, rest.place, inner, 'all'),
    )
  }
  if (current instanceof ValueBase) {
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
  if (index >= current.length) throw noField(rest.whole, rest.place, [])
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

function inUnion(
  type: TypeDef,
  current: UnionValue | null,
  name: string,
  rest: Rest,
  x: unknown,
  write: Write,
): UnionValue {
  const member = type.members.find((member) => member.name === name)
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
  if (name !== '' && !(current.value instanceof ValueBase)) throw noField(rest.whole, rest.place, [])
  const made = changed(current.type, current.value, next, x, write)
  return made === current.value ? current : typed(current.type, made)
}

/** A structure with an edit: staged in one that is mutable, else a new immutable one. */
function edited(
  current: ValueBase,
  write: Write,
  edit: (storage: Storage, index: number, write: Write) => void,
): ValueBase {
  const inside = insideOf(current)
  if (inside !== undefined) {
    edit(inside.storage, inside.index, write)
    return current
  }
  const storage = copyOfStorage(cellsOf(current))
  const stage = new Stage(write.stage.borrow)
  edit(storage, 0, { ...write, stage })
  stage.commit()
  return makeValue(storage.layout, storage.cells, storage.marks) as unknown as ValueBase
}

function initialOf(type: TypeDef): unknown {
  if (type.code !== 'struct') return defaultOf(type.code)
  const { layout, cells, marks } = Storage.empty(Layout.of(type))
  marks[0] = 1
  return makeValue(layout, cells, marks)
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
