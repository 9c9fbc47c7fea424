// A decoder for one changed-bitset of one type, as straight code: no loop, no look-up per field.
import type { Layout } from '../types/layout.js'
import type { FrozenClass } from '../values/frozen-class.js'
import type { Meta } from '../values/frozen.js'
import { generate } from '../values/generation.js'
import type { Decoder, Delta, Structure } from './delta.js'
import type { ReadLeaf } from './reader.js'

const MOST_LEAVES = 1000 // straight code for more would take longer to compile than it can save

// `$` stands for the offset. What has no fixed size is read by its leaf reader.
const FIXED: Readonly<Record<string, readonly [bytes: number, expression: string]>> = {
  bool: [1, 'dv.getUint8($) !== 0'],
  int8: [1, 'dv.getInt8($)'],
  int16: [2, 'dv.getInt16($, true)'],
  int32: [4, 'dv.getInt32($, true)'],
  int64: [8, 'dv.getBigInt64($, true)'],
  uint8: [1, 'dv.getUint8($)'],
  uint16: [2, 'dv.getUint16($, true)'],
  uint32: [4, 'dv.getUint32($, true)'],
  uint64: [8, 'dv.getBigUint64($, true)'],
  float32: [4, 'dv.getFloat32($, true)'],
  float64: [8, 'dv.getFloat64($, true)'],
}

/**
 * The decoder of a delta, undefined when it is too large for one. The caller has made sure that every name may stand in
 * generated code.
 */
export function specialise(
  layout: Layout,
  delta: Delta,
  classes: readonly (FrozenClass | undefined)[],
  leaves: readonly (ReadLeaf | undefined)[],
): Decoder | undefined {
  if (delta.leaves.length > MOST_LEAVES) return undefined
  if (delta.structures.some(({ frozen }) => frozen.Generated === undefined)) return undefined
  const root = delta.structures.at(-1) as Structure
  const makers = delta.structures.map(
    ({ index }, i) => `const C${index} = classes[${index}].Generated, M${index} = metas[${i}]`,
  )
  const text = `'use strict'
    ${makers.join('\n')}
    ${delta.leaves.map((index) => `const R${index} = leaves[${index}]`).join('\n')}
    return (r, previous, depth) => {
      const dv = r.dv
      let p
      ${readsText(layout, delta)}
      return ${makeText(layout, delta, root, 'previous')}
    }`
  const metas = delta.structures.map(({ meta }) => meta)
  return (generate(['classes', 'metas', 'leaves'], text) as Bind)(classes, metas, leaves)
}

type Bind = (
  classes: readonly (FrozenClass | undefined)[],
  metas: readonly Meta[],
  leaves: readonly (ReadLeaf | undefined)[],
) => Decoder

/** Fields of fixed size that follow each other are one run, whose bytes are claimed at once. */
function readsText(layout: Layout, delta: Delta): string {
  const lines: string[] = []
  let run: string[] = []
  let bytes = 0
  const endRun = (): void => {
    if (bytes > 0) lines.push(`p = r.take(${bytes})`, ...run)
    run = []
    bytes = 0
  }
  for (const index of delta.leaves) {
    const fixed = FIXED[layout.field(index).type.code]
    if (fixed === undefined) {
      endRun()
      const plain = layout.field(index).type.code === 'string'
      lines.push(`const f${index} = ${plain ? 'r.string()' : `R${index}(r, depth)`}`)
    } else {
      run.push(`const f${index} = ${fixed[1].replace('$', `p + ${bytes}`)}`)
      bytes += fixed[0]
    }
  }
  endRun()
  return lines.join('\n')
}

function makeText(layout: Layout, delta: Delta, structure: Structure, from: string): string {
  const { children } = layout.field(structure.index)
  const values = structure.sources.map((source, k) => {
    const path = `${from}[${JSON.stringify(structure.frozen.names[k])}]`
    if (source === -1) return path
    if (source < delta.leaves.length) return `f${children[k]}`
    return makeText(layout, delta, delta.structures[source - delta.leaves.length] as Structure, path)
  })
  return `new C${structure.index}(${[`M${structure.index}`, ...values].join(', ')})`
}
