// The messages of the ESS forwarder, as its consumers read them: f144 (a value), al00 (an alarm), ep01 (a connection). The
// tables are those of https://github.com/ess-dmsc/streaming-data-types; times are ns since 1970.
import { NUMBER_ARRAYS, type NumberCode } from '../../data/index.js'
import { InvalidArgumentError } from '../../errors.js'
import { quote } from '../../input/index.js'
import { sampleFault } from '../sample-fault.js'
import type { Sample, SampleArray, SampleValue, SeriesType, Severity } from '../sample.js'
import { FlatbufferTable, FlatbufferWriter, identifierOf } from './flatbuffer.js'

/** An alarm that came or went: a message `al00`. */
export interface Alarm {
  readonly kind: 'alarm'
  readonly pv: string
  /** ns since the Unix epoch. */
  readonly time: bigint
  /** 3 where the PV is not connected: these messages know nothing above INVALID. */
  readonly severity: Severity
  readonly message: string
}

/** What became of the connection of a PV, in the order of the numbers of `ep01`. */
export const CONNECTION_STATES = [
  'unknown',
  'neverConnected',
  'connected',
  'disconnected',
  'destroyed',
  'cancelled',
  'finished',
  'remoteError',
] as const

/** A PV that was connected or lost: a message `ep01`. */
export interface Connection {
  readonly kind: 'connection'
  readonly pv: string
  /** ns since the Unix epoch. */
  readonly time: bigint
  readonly state: (typeof CONNECTION_STATES)[number]
  /** Who says so. */
  readonly service?: string
}

/** The members of f144's union: the one at i has the number i + 1, the array of it i + 11. */
interface Member {
  readonly type: NumberCode
  readonly get: (view: DataView, at: number) => number | bigint
  readonly set: (view: DataView, at: number, value: never) => void
}

const member = (type: NumberCode, get: Member['get'], set: Member['set']): Member => ({ type, get, set })

/* prettier-ignore */
const MEMBERS: readonly Member[] = [
  member('int8', (v, at) => v.getInt8(at), (v, at, x) => { v.setInt8(at, x) }),
  member('uint8', (v, at) => v.getUint8(at), (v, at, x) => { v.setUint8(at, x) }),
  member('int16', (v, at) => v.getInt16(at, true), (v, at, x) => { v.setInt16(at, x, true) }),
  member('uint16', (v, at) => v.getUint16(at, true), (v, at, x) => { v.setUint16(at, x, true) }),
  member('int32', (v, at) => v.getInt32(at, true), (v, at, x) => { v.setInt32(at, x, true) }),
  member('uint32', (v, at) => v.getUint32(at, true), (v, at, x) => { v.setUint32(at, x, true) }),
  member('int64', (v, at) => v.getBigInt64(at, true), (v, at, x) => { v.setBigInt64(at, x, true) }),
  member('uint64', (v, at) => v.getBigUint64(at, true), (v, at, x) => { v.setBigUint64(at, x, true) }),
  member('float32', (v, at) => v.getFloat32(at, true), (v, at, x) => { v.setFloat32(at, x, true) }),
  member('float64', (v, at) => v.getFloat64(at, true), (v, at, x) => { v.setFloat64(at, x, true) }),
]
const FIRST_ARRAY = MEMBERS.length + 1

/** As what a type of ours goes out. */
const AS: Readonly<Record<string, string>> = { bool: 'uint8', enum: 'int32' }

/**
 * Why a sample cannot be a message `f144`; undefined when it can.
 *
 * @hidden
 */
export function f144Fault({ series, value }: Sample): string | undefined {
  const element = series.type.replace(/\[\]$/, '')
  if (element === 'string') return `${series.type} has no place in f144, which holds numbers`
  return value === null ? 'f144 holds a value, and there is none' : undefined
}

/**
 * A sample as the message `f144`: name, time and value. Truth values go out as uint8, an enum as its index, int32. Alarm and
 * units have no place in it.
 *
 * @throws InvalidArgumentError for text, which f144 does not know, for null, and for what is not a sample
 * @example
 * import { decodeFlatbuffer, encodeF144 } from 'node-pvxs/telemetry'
 *
 * const series = { id: 'lab:n', type: 'int64' } as const
 * const bytes = encodeF144({ series, time: 1_700_000_000_000_000_000n, value: 7n, severity: 0 })
 * decodeFlatbuffer(bytes) // → { series: { id: 'lab:n', type: 'int64' }, time: 1700000000000000000n, value: 7n, severity: 0 }
 */
export function encodeF144(sample: Sample): Uint8Array {
  const fault = sampleFault(sample) ?? f144Fault(sample)
  if (fault !== undefined) throw new InvalidArgumentError(fault, { op: 'encodeF144' })
  return f144Of(sample)
}

/**
 * The same for a sample that was checked.
 *
 * @hidden
 */
export function f144Of({ series, time, value }: Sample): Uint8Array {
  const { type, id } = series
  const array = type.endsWith('[]')
  const element = array ? type.slice(0, -2) : type
  const number = MEMBERS.findIndex((m) => m.type === (AS[element] ?? element))
  const { type: code, set } = MEMBERS[number] as Member
  const width = NUMBER_ARRAYS[code].BYTES_PER_ELEMENT
  const bytes = array ? bytesOf(value) : undefined
  const writer = new FlatbufferWriter('f144', 112 + 3 * id.length + (bytes?.length ?? 0))
  const at = writer.table([4, 8, 20, 16], 24, 8)
  writer.root(at)
  writer.view.setBigInt64(at + 8, time, true)
  writer.view.setUint8(at + 20, array ? FIRST_ARRAY + number : number + 1)
  writer.string(at + 4, id)
  const inner = array ? writer.table([4], 8, 4) : writer.table([4], 4 + width, width, 4)
  writer.refer(at + 16, inner)
  if (bytes === undefined)
    set(writer.view, inner + 4, (typeof value === 'boolean' ? Number(value) : value) as never)
  else writer.vector(inner + 4, bytes, width)
  return writer.finish()
}

// This machine's numbers are little endian on every platform that Node runs on but s390x, for which no binary is made.
function bytesOf(value: SampleValue): Uint8Array {
  if (Array.isArray(value)) return Uint8Array.from(value as readonly boolean[], Number)
  const { buffer, byteOffset, byteLength } = value as SampleArray
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/**
 * An alarm as the message `al00`.
 *
 * @example
 * import { decodeFlatbuffer, encodeAl00 } from 'node-pvxs/telemetry'
 *
 * decodeFlatbuffer(encodeAl00({ kind: 'alarm', pv: 'lab:n', time: 5n, severity: 2, message: 'HIHI' }))
 * // → { kind: 'alarm', pv: 'lab:n', time: 5n, severity: 2, message: 'HIHI' }
 */
export function encodeAl00({ pv, time, severity, message }: Alarm): Uint8Array {
  const writer = new FlatbufferWriter('al00', 64 + 3 * (pv.length + message.length))
  const at = writer.table([4, 8, 20, 16], 24, 8)
  writer.root(at)
  writer.view.setBigInt64(at + 8, time, true)
  writer.view.setInt16(at + 20, Math.min(severity, 3), true)
  writer.string(at + 4, pv)
  writer.string(at + 16, message)
  return writer.finish()
}

/**
 * A connection that came or went as the message `ep01`.
 *
 * @example
 * import { decodeFlatbuffer, encodeEp01 } from 'node-pvxs/telemetry'
 *
 * decodeFlatbuffer(encodeEp01({ kind: 'connection', pv: 'lab:n', time: 5n, state: 'disconnected' }))
 * // → { kind: 'connection', pv: 'lab:n', time: 5n, state: 'disconnected' }
 */
export function encodeEp01({ pv, time, state, service = '' }: Connection): Uint8Array {
  const writer = new FlatbufferWriter('ep01', 64 + 3 * (pv.length + service.length))
  const at = writer.table([8, 20, 4, service === '' ? 0 : 16], 24, 8)
  writer.root(at)
  writer.view.setBigInt64(at + 8, time, true)
  writer.view.setInt16(at + 20, CONNECTION_STATES.indexOf(state), true)
  writer.string(at + 4, pv)
  if (service !== '') writer.string(at + 16, service)
  return writer.finish()
}

const int64 = (view: DataView, at: number): bigint => view.getBigInt64(at, true)
const int16 = (view: DataView, at: number): number => view.getInt16(at, true)
const uint8 = (view: DataView, at: number): number => view.getUint8(at)

function wrong(fault: string): InvalidArgumentError {
  return new InvalidArgumentError(`a FlatBuffers message: ${fault}`, { op: 'decodeFlatbuffer' })
}

/**
 * What a message `f144`, `al00` or `ep01` says. A field that is absent has its default, as in FlatBuffers: zero or no text.
 * The sample of an `f144` has no alarm: severity 0.
 *
 * @throws InvalidArgumentError for a message of another kind, one that is cut off, or one that points outside of itself
 */
export function decodeFlatbuffer(bytes: Uint8Array): Sample | Connection | Alarm {
  const identifier = identifierOf(bytes)
  switch (identifier) {
    case 'f144':
      return sampleIn(new FlatbufferTable(bytes))
    case 'al00':
      return alarmIn(new FlatbufferTable(bytes))
    case 'ep01':
      return connectionIn(new FlatbufferTable(bytes))
    default:
      throw wrong(
        identifier === undefined
          ? 'it has no identifier'
          : `it is ${quote(identifier)}, not f144, al00 or ep01`,
      )
  }
}

function nameIn(table: FlatbufferTable, slot: number): string {
  const name = table.string(slot)
  if (name === undefined || name === '') throw wrong('it names no PV')
  return name
}

function sampleIn(table: FlatbufferTable): Sample {
  const id = nameIn(table, 0)
  const time = table.read(1, 8, int64) ?? 0n
  const number = table.read(2, 1, uint8) ?? 0
  const array = number >= FIRST_ARRAY
  const found = MEMBERS[number - (array ? FIRST_ARRAY : 1)]
  const inner = table.table(3)
  if (found === undefined || inner === undefined) throw wrong('it holds no value of a known kind')
  const { type, get } = found
  const NumberArray = NUMBER_ARRAYS[type]
  const width = NumberArray.BYTES_PER_ELEMENT
  if (!array) {
    const value = inner.read(0, width, get) ?? (width === 8 && type !== 'float64' ? 0n : 0)
    return { series: Object.freeze({ id, type }), time, value, severity: 0 }
  }
  // A copy, since a view has to stand on a multiple of its width.
  const value = new NumberArray(Uint8Array.from(inner.vector(0, width) ?? []).buffer)
  return { series: Object.freeze({ id, type: `${type}[]` as SeriesType }), time, value, severity: 0 }
}

function alarmIn(table: FlatbufferTable): Alarm {
  const severity = table.read(2, 2, int16) ?? 0
  if (severity < 0 || severity > 3) throw wrong(`its severity is ${severity}, not 0 to 3`)
  return {
    kind: 'alarm',
    pv: nameIn(table, 0),
    time: table.read(1, 8, int64) ?? 0n,
    severity: severity as Severity,
    message: table.string(3) ?? '',
  }
}

function connectionIn(table: FlatbufferTable): Connection {
  const number = table.read(1, 2, int16) ?? 0
  const state = CONNECTION_STATES[number]
  if (state === undefined) throw wrong(`its state is ${number}, which is not known`)
  const service = table.string(3)
  return {
    kind: 'connection',
    pv: nameIn(table, 2),
    time: table.read(0, 8, int64) ?? 0n,
    state,
    ...(service === undefined || service === '' ? {} : { service }),
  }
}
