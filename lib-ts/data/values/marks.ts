// What changed: a byte for each field of a layout, 1 when the field is marked. A structure's mark covers all below it.
import type { Value } from '../types/infer.js'
import type { Layout } from '../types/layout.js'
import { LAYOUT, MARKS, type ValueCore } from './core.js'

export type Marks = Readonly<Uint8Array>

/** Whether the field, or a structure around it, is marked; false for -1, which is around the root. */
export function isCovered(layout: Layout, marks: Marks, index: number): boolean {
  for (let i = index; i >= 0; i = layout.field(i).parent) if (marks[i] === 1) return true
  return false
}

/** Whether the field, a structure around it, or anything in it is marked. */
export function isMarked(layout: Layout, marks: Marks, index: number): boolean {
  const { parent, end } = layout.field(index)
  for (let i = index; i < end; i++) if (marks[i] === 1) return true
  return isCovered(layout, marks, parent)
}

/** The marked fields in order, without those that a marked structure around them covers. */
export function markedFields(layout: Layout, marks: Marks): number[] {
  const marked: number[] = []
  for (let i = 0; i < marks.length;) {
    if (marks[i] !== 1) i++
    else {
      marked.push(i)
      i = layout.field(i).end
    }
  }
  return marked
}

/** The paths of the marked fields as they came, structures included, without what they cover; `''` is the whole value. */
export function markedPaths(value: Value): string[] {
  const core = value as unknown as ValueCore
  const layout = core[LAYOUT]
  return markedFields(layout, core[MARKS]).map((index) => layout.field(index).path)
}

/** The dotted paths of the leaves that are marked, themselves or through a structure around them, in field order. */
export function changedPaths(layout: Layout, marks: Marks): ReadonlySet<string> {
  const paths = new Set<string>()
  for (const index of markedFields(layout, marks)) {
    const { end } = layout.field(index)
    for (let i = index; i < end; i++) {
      const { type, path } = layout.field(i)
      if (type.code !== 'struct') paths.add(path)
    }
  }
  return Object.defineProperties(paths, READ_ONLY)
}

/** The marks of fields `begin` to `end`, which are one structure, as a value of its own has them. */
export function marksWithin(marks: Marks, begin: number, end: number, covered: boolean): Uint8Array {
  const own = marks.slice(begin, end)
  if (covered) own[0] = 1
  return own
}

/**
 * Removes the marks of a field and of all below it. A structure around it that is marked as a whole is then marked by its
 * other leaves instead.
 */
export function unmark(layout: Layout, marks: Uint8Array, index: number): void {
  const { parent, end } = layout.field(index)
  for (let at = parent; at >= 0; at = layout.field(at).parent) {
    if (marks[at] !== 1) continue
    marks[at] = 0
    for (const field of layout.fields.slice(at + 1, layout.field(at).end)) {
      if (field.type.code !== 'struct') marks[field.index] = 1
    }
  }
  marks.fill(0, index, end)
}

// A real Set, as comparisons and structuredClone expect one, which many values share.
const refuse = {
  value: (): never => {
    throw new TypeError('$changed is read-only: new Set(value.$changed) gives a copy')
  },
}
const READ_ONLY: PropertyDescriptorMap = { add: refuse, delete: refuse, clear: refuse }
