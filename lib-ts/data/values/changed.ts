import type { Layout } from '../types/layout.js'

/** The dotted paths of the leaves that are marked, themselves or through a structure around them, in field order. */
export function changedPaths(layout: Layout, marks: Readonly<Uint8Array>): ReadonlySet<string> {
  const paths = new Set<string>()
  const { fields } = layout
  let covered = 0 // fields below this number are covered by a structure's mark
  for (const field of fields) {
    const { index } = field
    if (marks[index] === 1 && field.end > covered) covered = field.end
    if (index < covered && field.type.code !== 'struct') paths.add(field.path)
  }
  return Object.defineProperties(paths, READ_ONLY)
}

// A real Set, as comparisons and structuredClone expect one, which many values share.
const refuse = {
  value: (): never => {
    throw new TypeError('$changed is read-only: new Set(value.$changed) gives a copy')
  },
}
const READ_ONLY: PropertyDescriptorMap = { add: refuse, delete: refuse, clear: refuse }
