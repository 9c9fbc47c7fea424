// Classes of frozen values, one per structural signature: the names of the fields, at every level. Types that differ only
// in codes and ids share their classes, so that code which reads many types sees few classes.
import { refuseWrite } from './base.js'
import { Frozen, META, type Meta } from './frozen.js'
import { generate, generation, isSafeName } from './generation.js'
import type { Layout } from '../types/layout.js'

/** How the values of one structure are made. */
export interface FrozenClass {
  readonly names: readonly string[]
  /** A value with these fields, in order. */
  make(meta: Meta, values: readonly unknown[]): Frozen
  /** The class itself, which takes the fields as arguments, for generated code; undefined where generating is not allowed. */
  readonly Generated: (new (meta: Meta, ...values: unknown[]) => Frozen) | undefined
}

const MOST_ARGUMENTS = 250 // more fields than this and V8 gives up on the object's fast form in generated code
const MOST_GETTERS = 1000 // paths beyond these are found by the proxy at the end of the prototype chain
const MOST_CLASSES = 2000

const classes = new Map<string, FrozenClass>()

/** The class of the structure that is field `index` of this layout. */
export function frozenClassOf(layout: Layout, index: number): FrozenClass {
  const key = (generation.allowed ? 'g' : 'p') + signature(layout, index)
  let made = classes.get(key)
  if (made === undefined) {
    if (classes.size >= MOST_CLASSES) classes.clear() // values live on; only the sharing starts anew
    made = isPlain(layout, index) ? plainClass(layout, index) : generatedClass(layout, index)
    classes.set(key, made)
  }
  return made
}

/** Whether code may be generated for all of the structure. */
export function isGeneratable(layout: Layout, index: number): boolean {
  const { end } = layout.field(index)
  return generation.allowed && layout.fields.slice(index + 1, end).every((field) => isSafeName(field.name))
}

function isPlain(layout: Layout, index: number): boolean {
  return !isGeneratable(layout, index) || layout.field(index).children.length > MOST_ARGUMENTS
}

function signature(layout: Layout, index: number): string {
  return layout
    .field(index)
    .children.map((child) => {
      const { name, type } = layout.field(child)
      return JSON.stringify(name) + (type.code === 'struct' ? `{${signature(layout, child)}}` : '')
    })
    .join()
}

function generatedClass(layout: Layout, index: number): FrozenClass {
  const names = fieldNames(layout, index)
  const keys = names.map((name) => JSON.stringify(name))
  const args = keys.map((_, i) => `a${i}`)
  // Fields are declared, so that they are defined, and then set: a plain assignment would ask the proxy at the end of
  // the prototype chain first. The private field keeps type and marks out of the list of fields.
  const text = `'use strict'; return class Value {
    #m; ${keys.map((key) => `${key};`).join(' ')}
    constructor(m${args.map((arg) => `, ${arg}`).join('')}) {
      this.#m = m; ${keys.map((key, i) => `this[${key}] = a${i};`).join(' ')}
      freeze(this)
    }
    get [META]() { return this.#m }
    static from(m, v) { return new Value(m${args.map((_, i) => `, v[${i}]`).join('')}) }
    ${gettersText(layout, index)}
  }`
  const make = generate(['META', 'freeze', 'refuseWrite'], text) as (
    meta: symbol,
    freeze: typeof Object.freeze,
    refuse: typeof refuseWrite,
  ) => GeneratedClass
  const Generated = make(META, Object.freeze, refuseWrite)
  Object.setPrototypeOf(Generated.prototype, Frozen.prototype)
  return { names, make: (meta, values) => Generated.from(meta, values), Generated }
}

interface GeneratedClass {
  new (meta: Meta, ...values: unknown[]): Frozen
  readonly prototype: Frozen
  from(meta: Meta, values: readonly unknown[]): Frozen
}

/** One getter per path with a dot, so that `v['alarm.severity']` costs as little as `v.alarm.severity`. */
function gettersText(layout: Layout, index: number): string {
  return deepPaths(layout, index)
    .map((path) => {
      const reads = path.split('.').map((name) => `[${JSON.stringify(name)}]`)
      const key = JSON.stringify(path)
      return `get ${key}() { return this${reads.join('')} } set ${key}(_) { refuseWrite(${key}) }`
    })
    .join('\n')
}

function plainClass(layout: Layout, index: number): FrozenClass {
  const names = fieldNames(layout, index)
  class PlainValue extends Frozen {
    readonly #meta: Meta
    constructor(meta: Meta) {
      super()
      this.#meta = meta
    }
    override get [META](): Meta {
      return this.#meta
    }
  }
  const getters = layout.fields.every((field) => field.index === 0 || isSafeName(field.name))
    ? deepPaths(layout, index)
    : []
  for (const path of getters) definePathGetter(PlainValue.prototype, path.split('.'))
  const descriptor = { value: undefined as unknown, enumerable: true, configurable: false, writable: false }
  const make = (meta: Meta, values: readonly unknown[]): Frozen => {
    const value = new PlainValue(meta)
    for (let i = 0; i < names.length; i++) {
      descriptor.value = values[i]
      Object.defineProperty(value, names[i] as string, descriptor)
    }
    descriptor.value = undefined
    return Object.preventExtensions(value)
  }
  return { names, make, Generated: undefined }
}

function definePathGetter(prototype: object, names: readonly string[]): void {
  const get = function (this: object): unknown {
    return names.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], this)
  }
  const path = names.join('.')
  const set = (): never => refuseWrite(path)
  Object.defineProperty(prototype, path, { get, set, enumerable: false, configurable: true })
}

function fieldNames(layout: Layout, index: number): string[] {
  return layout.field(index).children.map((child) => layout.field(child).name)
}

/** Paths of what lies two or more levels below, from there. */
function deepPaths(layout: Layout, index: number): string[] {
  const { path, end } = layout.field(index)
  const skip = path === '' ? 0 : path.length + 1
  const below = layout.fields.slice(index + 1, end).filter((field) => field.parent !== index)
  return below.slice(0, MOST_GETTERS).map((field) => field.path.slice(skip))
}
