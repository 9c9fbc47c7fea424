// The points that users hand in, checked before anything is sent.
import { quote } from '../input/index.js'
import type { ArrowTable } from './peers.js'
import { argument, BTrDBError } from './errors.js'
import { MAXIMUM_TIME, MINIMUM_TIME, timeIn, type Time } from './time.js'
import type { PointColumns } from './wire/index.js'

/** Points to insert: columns, pairs, objects, or an Arrow table whose columns are `time` and `value`. */
export type PointsLike =
  | { readonly time: BigInt64Array | readonly Time[]; readonly value: ArrayLike<number> }
  | Iterable<readonly [time: Time, value: number] | { readonly time: Time; readonly value: number }>
  | ArrowTable

const WANTED = 'columns { time, value }, an iterable of [time, value] or { time, value }, or an Arrow table'
const OP = 'insert'

export function pointsIn(points: unknown, uuid?: string): PointColumns {
  if (typeof points !== 'object' || points === null)
    throw argument(`${OP}: points are ${WANTED}, not ${quote(points)}`, { op: OP, uuid })
  if (isTable(points)) return columnsIn(tableColumns(points, uuid), uuid)
  if ('time' in points && 'value' in points) return columnsIn(points, uuid)
  if (typeof (points as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function')
    throw argument(`${OP}: points are ${WANTED}, not ${quote(points)}`, { op: OP, uuid })
  const times: unknown[] = []
  const values: unknown[] = []
  for (const point of points as Iterable<unknown>) {
    const [time, value] = pairIn(point, times.length, uuid)
    times.push(time)
    values.push(value)
  }
  return columnsIn({ time: times, value: values }, uuid)
}

function pairIn(point: unknown, index: number, uuid: string | undefined): readonly [unknown, unknown] {
  if (Array.isArray(point) && point.length === 2) return point as [unknown, unknown]
  if (typeof point === 'object' && point !== null && 'time' in point && 'value' in point)
    return [point.time, point.value]
  throw argument(`${OP}: point ${index} is [time, value] or { time, value }, not ${quote(point)}`, {
    op: OP,
    uuid,
    index,
  })
}

interface TableLike {
  getChild(name: string): ArrowColumn | null
}
interface ArrowColumn {
  readonly type: { readonly unit?: number }
  readonly length: number
  readonly nullCount: number
  toArray(): ArrayLike<unknown>
  get(index: number): unknown
}

function isTable(x: object): x is TableLike {
  return typeof (x as Partial<TableLike>).getChild === 'function' && 'schema' in x
}

const NS_PER_UNIT = [1_000_000_000n, 1_000_000n, 1_000n, 1n]

function tableColumns(table: TableLike, uuid: string | undefined): object {
  const time = table.getChild('time')
  const value = table.getChild('value')
  if (time === null || value === null)
    throw argument(`${OP}: the columns of an Arrow table are "time" and "value"`, { op: OP, uuid })
  const times = time.toArray()
  if (!(times instanceof BigInt64Array))
    throw argument(`${OP}: the column "time" of an Arrow table is a timestamp or int64`, { op: OP, uuid })
  const scale = NS_PER_UNIT[time.type.unit ?? 3] ?? 1n
  return {
    time: scale === 1n ? times : times.map((t) => t * scale),
    // Missing values stand in the memory as anything.
    value:
      value.nullCount === 0 ? value.toArray() : Array.from({ length: value.length }, (_, i) => value.get(i)),
  }
}

function columnsIn(
  { time, value }: { readonly time?: unknown; readonly value?: unknown },
  uuid?: string,
): PointColumns {
  const wrong = (text: string) => argument(`${OP}: ${text}`, { op: OP, uuid })
  if (!isArrayLike(time)) throw wrong(`the column time is an array of times, not ${quote(time)}`)
  if (!isArrayLike(value)) throw wrong(`the column value is an array of numbers, not ${quote(value)}`)
  if (time.length !== value.length)
    throw wrong(`the columns are not of one length: ${time.length} times, ${value.length} values`)
  // Copied: what the caller does with its arrays later must not change what is sent.
  const columns = { time: timesIn(time, uuid), value: valuesIn(value, uuid) }
  checkTimes(columns.time, uuid)
  return columns
}

function isArrayLike(x: unknown): x is ArrayLike<unknown> {
  return Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView))
}

function timesIn(times: ArrayLike<unknown>, uuid: string | undefined): BigInt64Array {
  if (times instanceof BigInt64Array) return times.slice()
  const read = new BigInt64Array(times.length)
  for (let index = 0; index < times.length; index++) {
    try {
      const time = timeIn(times[index], `the time of point ${index}`, OP)
      if (time < MINIMUM_TIME || time >= MAXIMUM_TIME) throw beyond(time, index, uuid)
      read[index] = time
    } catch (error) {
      Object.assign(error as object, { index, ...(uuid === undefined ? {} : { uuid }) })
      throw error
    }
  }
  return read
}

// The upper halves of the first time that is legal, and of the first that is not.
const FIRST = Number(MINIMUM_TIME >> 32n)
const LAST = Number((MAXIMUM_TIME + 1n) >> 32n)
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

// By halves: a bigint for each of millions of times costs more than sending them.
function checkTimes(times: BigInt64Array, uuid: string | undefined): void {
  const words = new Int32Array(times.buffer, times.byteOffset, times.length * 2)
  for (let i = 0; i < times.length; i++) {
    const high = words[2 * i + HIGH] as number
    if (high < FIRST || high >= LAST || (high === LAST - 1 && words[2 * i + 1 - HIGH] === -1))
      throw beyond(times[i] as bigint, i, uuid)
  }
}

function beyond(time: bigint, index: number, uuid: string | undefined): BTrDBError {
  return new BTrDBError(`${OP}: the time of point ${index}, ${quote(time)}, is not one that BTrDB can hold`, {
    code: 'ERR_BTRDB_TIME_RANGE',
    op: OP,
    uuid,
    index,
    hint: `from ${MINIMUM_TIME}, before ${MAXIMUM_TIME}`,
  })
}

const EXACT = 2n ** 53n

function valuesIn(values: ArrayLike<unknown>, uuid: string | undefined): Float64Array {
  const read = values instanceof Float64Array ? values.slice() : new Float64Array(values.length)
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (typeof value === 'number' && value - value === 0) read[index] = value
    else if (typeof value === 'bigint' && value <= EXACT && value >= -EXACT) read[index] = Number(value)
    else
      throw new BTrDBError(`${OP}: the value of point ${index} is ${quote(value)}, not a finite number`, {
        code: 'ERR_BTRDB_VALUE',
        op: OP,
        uuid,
        index,
        hint: typeof value === 'bigint' ? 'a bigint goes up to 2^53' : undefined,
      })
  }
  return read
}
