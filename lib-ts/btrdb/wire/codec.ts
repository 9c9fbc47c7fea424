// Messages to bytes and back, by the table. Both sides use it: clients and servers.
import type * as Wire from '@bufbuild/protobuf/wire'
import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import {
  readPoints,
  readWindows,
  writePoints,
  writeWindows,
  type Cursor,
  type PointColumns,
  type WindowColumns,
} from './columns.js'
import { messages, type FieldSpec, type Message, type MessageInput, type MessageName } from './schema.js'
import { cutShort, WireError } from './wire-error.js'

/** Encodes and decodes messages. */
export interface Codec {
  encode<N extends MessageName>(name: N, message: MessageInput<N>): Buffer
  /** @throws WireError when the bytes are not that message; every length is checked before it is believed */
  decode<N extends MessageName>(name: N, bytes: Uint8Array): Message<N>
}

/** Loads what codecs stand on. Rejects as `import()` does when `@bufbuild/protobuf` is not installed. */
export async function loadCodec(): Promise<Codec> {
  return codecOver(await import('@bufbuild/protobuf/wire'))
}

// The same, with wire types as the numbers that they are.
type Reader = Omit<BinaryReader, 'skip'> & { skip(wireType: number): unknown }
type Writer = Omit<BinaryWriter, 'tag'> & { tag(number: number, wireType: number): BinaryWriter }

interface Field {
  readonly name: string
  readonly number: number
  readonly kind: string
  readonly many: boolean
  /** Of a message in a message. */
  readonly inner: readonly Field[] | undefined
  readonly wireType: number
}

type Values = Record<string, unknown>

const BYTES = 2 // the wire type of what has a length
const NO_BYTES = new Uint8Array(0)

/** What a field is when it was not sent, and its wire type. */
const kinds: Readonly<Record<string, readonly [blank: unknown, wireType: number]>> = {
  uint32: [0, 0],
  int32: [0, 0],
  uint64: [0n, 0],
  int64: [0n, 0],
  sfixed64: [0n, 1],
  fixed64: [0n, 1],
  double: [0, 1],
  bool: [false, 0],
  string: ['', 2],
  bytes: [NO_BYTES, 2],
}

const compiled = new Map<string, readonly Field[]>()

function fieldsOf(name: string): readonly Field[] {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const specs = messages[name as MessageName] as Readonly<Record<string, FieldSpec>>
  const fields = Object.entries(specs).map(([field, [number, kind, many]]): Field => ({
    name: field,
    number,
    kind,
    many: many === 'many',
    inner: kind in messages ? fieldsOf(kind) : undefined,
    wireType: kinds[kind]?.[1] ?? BYTES,
  }))
  compiled.set(name, fields)
  return fields
}

function codecOver({ BinaryReader, BinaryWriter }: typeof Wire): Codec {
  return {
    encode: (name, message) => {
      const writer = new BinaryWriter()
      write(writer, fieldsOf(name), message)
      const bytes = writer.finish()
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
    decode: <N extends MessageName>(name: N, message: Uint8Array) => {
      // Not a Buffer, so that the bytes in it are not either.
      const bytes = new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
      try {
        const reader = new BinaryReader(bytes)
        const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
        return read({ reader, bytes, view }, bytes.length, fieldsOf(name)) as Message<N>
      } catch (error) {
        // RangeError, Error: what BinaryReader throws at the end of the bytes and at bad varints.
        throw error instanceof WireError
          ? error
          : new WireError(`it is not a valid message`, { cause: error })
      }
    },
  }
}

function write(writer: Writer, fields: readonly Field[], message: object): void {
  for (const field of fields) {
    const value = (message as Values)[field.name]
    if (value === undefined) continue
    const tag = (field.number << 3) | 2
    if (field.kind === 'points') writer.raw(writePoints(value as PointColumns, tag))
    else if (field.kind === 'windows') writer.raw(writeWindows(value as WindowColumns, tag))
    else if (field.many) writeMany(writer, field, value as readonly unknown[])
    else writeOne(writer, field, value)
  }
}

function writeMany(writer: Writer, field: Field, values: readonly unknown[]): void {
  if (values.length > 0 && field.wireType !== BYTES) {
    // proto3 packs numbers.
    writer.tag(field.number, BYTES).fork()
    for (const value of values) writeScalar(writer, field.kind, value)
    writer.join()
  } else {
    for (const value of values) writeOne(writer, field, value)
  }
}

function writeOne(writer: Writer, field: Field, value: unknown): void {
  writer.tag(field.number, field.wireType)
  if (field.inner === undefined) {
    writeScalar(writer, field.kind, value)
  } else {
    writer.fork()
    write(writer, field.inner, value as object)
    writer.join()
  }
}

function writeScalar(writer: Writer, kind: string, value: unknown): void {
  switch (kind) {
    case 'uint32':
      writer.uint32(value as number)
      break
    case 'int32':
      writer.int32(value as number)
      break
    case 'uint64':
      writer.uint64(value as bigint)
      break
    case 'int64':
      writer.int64(value as bigint)
      break
    case 'sfixed64':
      writer.sfixed64(value as bigint)
      break
    case 'double':
      writer.double(value as number)
      break
    case 'bool':
      writer.bool(value as boolean)
      break
    case 'string':
      writer.string(value as string)
      break
    default:
      writer.bytes(value as Uint8Array)
  }
}

interface Source {
  readonly reader: Reader
  readonly bytes: Uint8Array
  readonly view: DataView
}

function read(source: Source, end: number, fields: readonly Field[]): Values {
  const { reader } = source
  const message: Values = {}
  for (const field of fields) message[field.name] = blankOf(field)
  while (reader.pos < end) {
    const before = reader.pos
    const tag = reader.uint32()
    const number = tag >>> 3
    const wireType = tag & 7
    if (number === 0) throw new WireError('a field has the number 0')
    if (!isWireType(wireType)) throw new WireError(`a field has the wire type ${wireType}`)
    const field = fields.find((f) => f.number === number)
    if (field === undefined) reader.skip(wireType)
    else readField(source, { message, field, wireType, before, end })
    if (reader.pos > end) throw cutShort()
  }
  return message
}

/** Groups (3 and 4) are not in proto3. */
function isWireType(x: number): boolean {
  return x <= 2 || x === 5
}

function blankOf({ kind, many, inner }: Field): unknown {
  if (kind === 'points') return { time: new BigInt64Array(0), value: new Float64Array(0) }
  if (kind === 'windows') return noWindows()
  if (many) return []
  return inner === undefined ? kinds[kind]?.[0] : undefined
}

function noWindows(): WindowColumns {
  const none = new Float64Array(0)
  const count = new BigUint64Array(0)
  return { time: new BigInt64Array(0), min: none, mean: none, max: none, count, stddev: none }
}

interface Place {
  readonly message: Values
  readonly field: Field
  readonly wireType: number
  /** Where the tag stands. */
  readonly before: number
  readonly end: number
}

function readField(source: Source, place: Place): void {
  const { reader } = source
  const { message, field, wireType } = place
  if (field.kind === 'points' || field.kind === 'windows') {
    if (wireType === BYTES) readColumns(source, place)
    else reader.skip(wireType)
  } else if (wireType === field.wireType) {
    const value =
      field.inner === undefined ? readScalar(reader, field.kind) : readInner(source, field.inner, place)
    if (field.many) (message[field.name] as unknown[]).push(value)
    else message[field.name] = value
  } else if (wireType === BYTES && field.many) {
    const end = lengthEnd(reader, place.end)
    while (reader.pos < end) (message[field.name] as unknown[]).push(readScalar(reader, field.kind))
    if (reader.pos !== end) throw cutShort()
  } else {
    reader.skip(wireType)
  }
}

function readColumns({ reader, bytes, view }: Source, { message, field, before, end }: Place): void {
  const cursor: Cursor = { bytes, view, pos: before, end }
  const tag = (field.number << 3) | 2
  if (bytes[before] !== tag) throw new WireError('a tag is written too long')
  const more = field.kind === 'points' ? readPoints(cursor, tag) : readWindows(cursor, tag)
  reader.pos = cursor.pos
  message[field.name] = joined(message[field.name] as Columns, more as unknown as Columns)
}

type Columns = Readonly<Record<string, BigInt64Array | BigUint64Array | Float64Array>>

/** Repeated fields may be interrupted by others. */
function joined(first: Columns, second: Columns): Columns {
  if (first['time']?.length === 0) return second
  return Object.fromEntries(
    Object.entries(first).map(([name, a]) => {
      const b = second[name] as typeof a
      const both = new (a.constructor as new (length: number) => typeof a)(a.length + b.length)
      both.set(a as never, 0)
      both.set(b as never, a.length)
      return [name, both]
    }),
  )
}

function readInner(source: Source, fields: readonly Field[], { end }: Place): Values {
  return read(source, lengthEnd(source.reader, end), fields)
}

function lengthEnd(reader: Reader, end: number): number {
  const length = reader.uint32()
  if (length > end - reader.pos) throw cutShort()
  return reader.pos + length
}

function readScalar(reader: Reader, kind: string): unknown {
  switch (kind) {
    case 'uint32':
      return reader.uint32()
    case 'int32':
      return reader.int32()
    case 'uint64':
      return reader.uint64()
    case 'int64':
      return reader.int64()
    case 'sfixed64':
      return reader.sfixed64()
    case 'double':
      return reader.double()
    case 'bool':
      return reader.bool()
    case 'string':
      return reader.string()
    default:
      return reader.bytes()
  }
}
