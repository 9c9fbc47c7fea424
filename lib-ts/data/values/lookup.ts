// Reading along a path: `alarm.severity`, `items[2].name`, `choice->b`, `value[0]`.
import type { ValueMembers } from '../types/infer.js'
import { namesOf } from '../types/typedef.js'
import { FIELD, LAYOUT, READ, ValueCore } from './core.js'

export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'selected'; readonly name: string }

const STEP = /\.?([^.[\]>-]+)|\[(\d+)\]|->([^.[\]>-]*)/y
const MOST_PATHS = 1000
const parsed = new Map<string, readonly Step[] | null>()

/** What the path leads to, `undefined` when it leads nowhere. */
export function lookUp(value: ValueCore, path: string): { readonly value: unknown } | undefined {
  const index = value[LAYOUT].byPath.get(path)
  if (index !== undefined) return { value: value[READ](index) }
  const steps = stepsOf(path)
  if (steps === null) return undefined
  let at: { readonly value: unknown } | undefined = { value }
  for (const step of steps) {
    at = follow(at.value, step)
    if (at === undefined) return undefined
  }
  return at
}

/**
 * What a field holds, to be looked at only; undefined when there is no such field. What a user reads from a mutable value is
 * copied, to notice writes.
 */
export function peek(value: ValueMembers<unknown>, path: string): unknown {
  const core = value as unknown as ValueCore
  const index = core[LAYOUT].byPath.get(path)
  return index === undefined ? undefined : core[FIELD](index)
}

/** How far a path leads, and the fields that exist there: what a NoFieldError tells. */
export function fieldsAround(value: ValueCore, path: string): { at: string; fields: readonly string[] } {
  let at = ''
  let here: unknown = value
  for (const match of path.matchAll(/[^.[\]>-]+|\[\d+\]|->[^.[\]>-]*/g)) {
    const next = path.slice(0, match.index + match[0].length)
    const found = lookUp(value, next)
    if (found === undefined) break
    here = found.value
    at = next
  }
  return { at, fields: here instanceof ValueCore ? namesOf(here[LAYOUT].type) : unionMembers(value, at) }
}

/** The members that a union could select; only a numbered field is known to be one. */
function unionMembers(value: ValueCore, path: string): readonly string[] {
  const layout = value[LAYOUT]
  const index = layout.byPath.get(path)
  const type = index === undefined ? undefined : layout.field(index).type
  return type?.code === 'union' ? namesOf(type) : []
}

function follow(x: unknown, step: Step): { readonly value: unknown } | undefined {
  switch (step.kind) {
    case 'field':
      return fieldOf(x, step.name)
    case 'element':
      if (!Array.isArray(x) && !ArrayBuffer.isView(x)) return undefined
      return step.index < (x as readonly unknown[]).length
        ? { value: (x as readonly unknown[])[step.index] }
        : undefined
    case 'selected':
      return selected(x, step.name)
  }
}

function fieldOf(x: unknown, name: string): { readonly value: unknown } | undefined {
  if (!(x instanceof ValueCore)) return undefined
  const index = x[LAYOUT].byPath.get(name)
  return index === undefined ? undefined : { value: x[READ](index) }
}

/** Into a union, whose member is named, or into an any, of which a field may be named. */
function selected(x: unknown, name: string): { readonly value: unknown } | undefined {
  if (typeof x !== 'object' || x === null) return undefined
  if ('select' in x && 'value' in x) return x.select === name ? { value: x.value } : undefined
  if (!('type' in x && 'value' in x)) return undefined
  return name === '' ? { value: x.value } : fieldOf(x.value, name)
}

/** A path and a name below it. */
export function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** The steps of a path, null for what is not a path. */
export function stepsOf(path: string): readonly Step[] | null {
  let steps = parsed.get(path)
  if (steps === undefined) {
    steps = parse(path)
    if (parsed.size >= MOST_PATHS) parsed.clear()
    parsed.set(path, steps)
  }
  return steps
}

function parse(path: string): readonly Step[] | null {
  const steps: Step[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < path.length) {
    const first = STEP.lastIndex === 0
    const match = STEP.exec(path)
    if (match === null) return null
    const [text, field, element, union] = match
    if (field !== undefined) {
      if (first === text.startsWith('.')) return null
      steps.push({ kind: 'field', name: field })
    } else if (element !== undefined) steps.push({ kind: 'element', index: Number(element) })
    else steps.push({ kind: 'selected', name: union ?? '' })
  }
  return steps.length === 0 ? null : steps
}
