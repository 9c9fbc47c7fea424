// The Arrow that servers send and take: one IPC stream in each message.
import { noPoints } from './columns.js'
import type { Arrow } from './peers.js'
import { tableOf } from './tables.js'
import { WireError, type PointColumns, type WindowColumns } from './wire/index.js'

type Column = BigInt64Array | BigUint64Array | Float64Array | Float32Array

/** Columns of an IPC stream by their place; their names are the template's, which may be anything. */
function columnsOf(arrow: Arrow, bytes: Uint8Array, kinds: readonly string[]): Column[][] {
  try {
    const table = arrow.tableFromIPC(bytes)
    return table.batches.map((batch) =>
      kinds.map((kind, i) => {
        const data = batch.getChildAt(i)?.data[0]
        if (data === undefined || data.nullCount > 0) throw new WireError(`it has no column ${i}`)
        return ofKind((data.values as Column).subarray(0, data.length), kind)
      }),
    )
  } catch (error) {
    throw error instanceof WireError ? error : new WireError('it is not an Arrow stream', { cause: error })
  }
}

function ofKind(values: Column, kind: string): Column {
  if (kind === 'time' && values instanceof BigInt64Array) return values
  if (kind === 'count' && values instanceof BigUint64Array) return values
  if (kind === 'count' && values instanceof BigInt64Array) return new BigUint64Array(values)
  if (kind === 'value' && values instanceof Float64Array) return values
  if (kind === 'value' && values instanceof Float32Array) return new Float64Array(values)
  throw new WireError(`a column is not of the type of a ${kind}`)
}

function stacked(batches: readonly Column[][], at: number, empty: Column): Column {
  const parts = batches.map((batch) => batch[at] as Column)
  if (parts.length === 1) return parts[0] as Column
  const all = new (empty.constructor as new (length: number) => Column)(
    parts.reduce((sum, { length }) => sum + length, 0),
  )
  let next = 0
  for (const one of parts) {
    all.set(one as never, next)
    next += one.length
  }
  return all
}

export function pointsFromArrow(arrow: Arrow, bytes: Uint8Array): PointColumns {
  if (bytes.length === 0) return noPoints()
  const batches = columnsOf(arrow, bytes, ['time', 'value'])
  return {
    time: stacked(batches, 0, new BigInt64Array(0)) as BigInt64Array,
    value: stacked(batches, 1, new Float64Array(0)) as Float64Array,
  }
}

export function windowsFromArrow(arrow: Arrow, bytes: Uint8Array): WindowColumns {
  const kinds = ['time', 'value', 'value', 'value', 'count', 'value']
  const batches = bytes.length === 0 ? [] : columnsOf(arrow, bytes, kinds)
  const double = (at: number): Float64Array => stacked(batches, at, new Float64Array(0)) as Float64Array
  return {
    time: stacked(batches, 0, new BigInt64Array(0)) as BigInt64Array,
    min: double(1),
    mean: double(2),
    max: double(3),
    count: stacked(batches, 4, new BigUint64Array(0)) as BigUint64Array,
    stddev: double(5),
  }
}

export function pointsToArrow(arrow: Arrow, { time, value }: PointColumns): Uint8Array {
  const table = tableOf(arrow, [
    { name: 'time', values: time },
    { name: 'value', values: value },
  ])
  return arrow.tableToIPC(table, 'stream')
}
