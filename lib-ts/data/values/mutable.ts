import { about, InvalidArgumentError } from '../../errors.js'
import { quote } from '../../input/index.js'
import type { Fields, MutableValue as MutableType, Value } from '../types/infer.js'
import { Layout } from '../types/layout.js'
import { handInValueMaker, namesOf, type TypeDef } from '../types/typedef.js'
import { assignField, assignPath, assignStruct, fieldOfPath, writing, type Taking } from './assign.js'
import { ValueBase } from './base.js'
import type { Write } from './convert.js'
import { copyOfStorage, frozenOf, through } from './copy.js'
import { FIELD, LAYOUT, MARKS, READ, ValueCore } from './core.js'
import { checkPath, noField } from './errors.js'
import { lend } from './lent.js'
import { lookUp } from './lookup.js'
import type { Marks } from './marks.js'
import { cellsOf, defaultOf, INSIDE, insideOf, parentOf, setParent, Stage, Storage } from './storage.js'
import type { Inside, Parent } from './storage.js'

/**
 * A structure to be filled in; made by `create()` and `$clone()`.
 *
 * @example
 * const m = new NTScalar('float64').create({ value: 1.5 })
 * m.value = 2
 * m['alarm.severity'] = 1
 * const changed = [...m.$changed] // → ['value', 'alarm.severity']
 */
export type MutableValue<T = Fields> = MutableType<T>
export const MutableValue = {
  [Symbol.hasInstance]: (x: unknown) => x instanceof MutableBase,
} as MutableValueConstructor

export interface MutableValueConstructor {
  [Symbol.hasInstance](x: unknown): x is MutableType
}

/** The target of the traps below. It knows where its fields are, and has none itself. */
class MutableBase extends ValueBase {
  static {
    Object.defineProperty(this, 'name', { value: 'MutableValue' }) // what debuggers and error messages show
  }
  // A field is configurable, so the list of own keys, which the traps below answer, may leave it out.
  readonly [INSIDE]: Inside

  constructor(inside: Inside) {
    super()
    this[INSIDE] = inside
  }

  override get [LAYOUT](): Layout {
    const { storage, index } = this[INSIDE]
    return index === 0 ? storage.layout : Layout.of(storage.layout.field(index).type)
  }

  override get [MARKS](): Marks {
    const { storage, index } = this[INSIDE]
    storage.noticeWrites()
    return index === 0 ? storage.marks : storage.part(index).marks
  }

  override [FIELD](number: number): unknown {
    const { storage, index } = this[INSIDE]
    const at = index + number
    return storage.layout.field(at).type.code === 'struct' ? viewOf(storage, at) : storage.cells[at]
  }

  override [READ](number: number): unknown {
    const { storage, index } = this[INSIDE]
    return readField(storage, index + number)
  }

  $assign(partial: unknown): this {
    const { storage, index } = this[INSIDE]
    about(ASSIGN, () => {
      write((context) => assignStruct(storage, index, partial, '', context, 'marked'))
    })
    return this
  }

  $mark(path?: string): this {
    const { storage, index } = this[INSIDE]
    storage.mark(path === undefined ? index : existing(this, path, '$mark'))
    return this
  }

  $unmark(path?: string): this {
    const { storage, index } = this[INSIDE]
    storage.unmark(path === undefined ? index : existing(this, path, '$unmark'))
    return this
  }

  $clear(): this {
    const { storage, index } = this[INSIDE]
    storage.unmark(index)
    const { end } = storage.layout.field(index)
    for (let i = index; i < end; i++) storage.cells[i] = defaultOf(storage.layout.field(i).type.code)
    return this
  }

  $freeze(): Value {
    return frozenOf(cellsOf(this))
  }
}

const ASSIGN = { op: '$assign' }
const SET = { op: 'set' }

const traps: ProxyHandler<MutableBase> = {
  get(target, key, receiver) {
    if (typeof key === 'string') {
      const { storage, index } = target[INSIDE]
      const at = storage.layout.child(index, key)
      if (at >= 0) return readField(storage, at)
    }
    return Reflect.get(target, key, receiver) as unknown
  },

  set(target, key, x) {
    const { storage, index } = target[INSIDE]
    about(SET, () => {
      if (typeof key === 'symbol') throw new InvalidArgumentError(`${quote(key)} cannot name a field`)
      const at = storage.layout.child(index, key)
      write((context) => {
        if (at >= 0) assignField(storage, at, x, key, context)
        else assignPath(storage, index, key, x, '', context)
      })
    })
    return true
  },

  has(target, key) {
    return fieldAt(target, key) >= 0 || Reflect.has(target, key)
  },

  ownKeys(target) {
    const { storage, index } = target[INSIDE]
    return storage.layout.field(index).children.map((child) => storage.layout.field(child).name)
  },

  getOwnPropertyDescriptor(target, key) {
    const at = fieldAt(target, key)
    if (at < 0) return undefined
    const value = readField(target[INSIDE].storage, at)
    return { value, writable: true, enumerable: true, configurable: true }
  },

  deleteProperty(_target, key) {
    throw new InvalidArgumentError(
      `a field cannot be deleted: ${quote(key)}; $clear() gives defaults, $unmark() no mark`,
      { op: 'delete' },
    )
  },
  defineProperty(_target, key) {
    throw new InvalidArgumentError(`fields are written, not defined: ${quote(key)}`, { op: 'defineProperty' })
  },
  setPrototypeOf() {
    throw new InvalidArgumentError('the prototype of a value cannot be set', { op: 'setPrototypeOf' })
  },
  preventExtensions() {
    throw new InvalidArgumentError(
      'a mutable value cannot be frozen in place: $freeze() gives an immutable copy',
      { op: 'freeze' },
    )
  },
}

/** The mutable value over a structure of a storage; always the same object for the same structure. */
function viewOf(storage: Storage, index: number): ValueCore {
  return (storage.views[index] ??= new Proxy(new MutableBase({ storage, index }), traps))
}

/** A new value; `borrow` as in {@link borrowed}. */
function create(type: TypeDef, initial: unknown, taking: Taking, borrow: boolean): MutableType {
  if (type.code !== 'struct') {
    throw new InvalidArgumentError(`only a structure can be created, and this type is ${type.code}`)
  }
  const storage = Storage.empty(Layout.of(type))
  if (initial !== undefined) {
    write((context) => assignStruct(storage, 0, initial, '', context, taking), borrow)
    if (initial instanceof ValueCore && taking === 'fitting') markLike(storage, cellsOf(initial))
  }
  return viewOf(storage, 0) as unknown as MutableType
}

/**
 * A value that is encoded at once and then dropped, so it may hold the caller's own typed arrays instead of copies.
 */
export function borrowed(type: TypeDef, partial: unknown): MutableType {
  return create(type, partial, 'marked', true)
}

handInValueMaker({
  create: (type, initial) => create(type, initial, 'fitting', false),
  clone: (value) => viewOf(copyOfStorage(cellsOf(value)), 0) as unknown as MutableType,
})

/** Runs a write, which changes nothing when it throws. */
function write(run: (context: Write) => void, borrow = false): void {
  const stage = new Stage(borrow)
  run(writing(stage, 1))
  stage.commit()
}

// Structures inside a cell are elements of a struct array, a union's selected member, an any's value. They are frozen values
// until somebody reads them from a mutable value; then they become mutable ones, which mark the field they stand in.

/** The cell of a field for the user: with mutable values for its structures, and arrays whose writes are noticed. */
function liveCell(storage: Storage, index: number): unknown {
  const cell = storage.cells[index]
  if (typeof cell !== 'object' || cell === null || storage.lent?.[index]?.cell === cell) return cell
  if (!ArrayBuffer.isView(cell) && parentOf(cell) === undefined) {
    const parent: Parent = { storage, index, cell, renew: () => renew(parent) }
    renew(parent)
  }
  const live = storage.cells[index] as object
  lend(storage, index, live)
  return live
}

/** Makes what a write put into a live cell mutable too. */
function renew(parent: Parent): void {
  const { storage, index } = parent
  const cell = storage.cells[index]
  const live = liven(storage.layout.field(index).type, cell, parent)
  parent.cell = live
  if (live === cell && parentOf(cell) === undefined) return // nothing in it can be mutable
  storage.cells[index] = live // the same value, so nothing is marked
  setParent(live as object, parent)
  if (storage.lent?.[index] !== undefined) lend(storage, index, live as object) // its structures may have lent arrays
}

function liven(type: TypeDef, x: unknown, parent: Parent): unknown {
  if (x instanceof ValueCore) {
    if (insideOf(x)?.storage.parent === parent) return x
    const storage = copyOfStorage(cellsOf(x))
    storage.parent = parent
    return viewOf(storage, 0)
  }
  return through(type, x, (inner, value) => liven(inner, value, parent))
}

function readField(storage: Storage, index: number): unknown {
  return storage.layout.field(index).type.code === 'struct'
    ? viewOf(storage, index)
    : liveCell(storage, index)
}

function fieldAt(target: MutableBase, key: string | symbol): number {
  const { storage, index } = target[INSIDE]
  return typeof key === 'string' ? storage.layout.child(index, key) : -1
}

/** The numbered field that an existing path leads to or into. */
function existing(value: MutableBase, path: string, op: string): number {
  const { storage, index } = value[INSIDE]
  checkPath(path, op)
  return about({ op }, () => {
    const at = fieldOfPath(storage.layout, index, path)
    if (at === undefined || lookUp(value, path) === undefined) {
      const { type } = storage.layout.field(at ?? index)
      throw noField(path, '', namesOf(type))
    }
    return at
  })
}

/** Sets the marks that the source has, and no others. */
function markLike(storage: Storage, source: Storage): void {
  storage.marks.fill(0)
  for (const { index, path, type } of source.layout.fields) {
    if (type.code === 'struct' || !source.covered(index)) continue
    const at = storage.layout.byPath.get(path)
    if (at !== undefined) storage.marks[at] = 1
  }
}
