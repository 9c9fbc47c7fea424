// Messages by their schema. Answers are written field by field; points and windows by code of their own.
import { BinaryReader, BinaryWriter, type WireType } from '@bufbuild/protobuf/wire'
import type { Columns } from '../store/chunk.js'
import type { WindowColumns } from '../store/windows.js'
import { pointsBytes, PointsReader, windowsBytes } from './columns.js'
import type { Field, Schema } from './schema.js'

/** A message as an object: bigint for 64 bits, text for a uuid, `{ time, value }` for points. */
export type Message = Readonly<Record<string, unknown>>

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/** Their enum holds these numbers. */
const typed = (wireType: unknown): WireType => wireType as WireType

const wireTypes: Readonly<Record<string, number>> = {
  bool: VARINT,
  uint32: VARINT,
  int32: VARINT,
  uint64: VARINT,
  int64: VARINT,
  sfixed64: FIXED64,
  double: FIXED64,
}

const wireTypeOf = (kind: Field['kind']): number =>
  typeof kind === 'string' ? (wireTypes[kind] ?? BYTES) : BYTES

const blank: Readonly<Record<string, unknown>> = {
  bool: false,
  uint32: 0,
  int32: 0,
  uint64: 0n,
  int64: 0n,
  sfixed64: 0n,
  double: 0,
  string: '',
  uuid: '',
  bytes: new Uint8Array(0),
}

/** Reads a message. What is not sent has its default; a message in it is undefined. Throws on bytes that are none. */
export function decode(schema: Schema, bytes: Uint8Array): Record<string, unknown> {
  const reader = new BinaryReader(bytes)
  const message: Record<string, unknown> = {}
  for (const { name, kind, repeated } of schema.values()) {
    if (repeated) message[name] = []
    else if (kind === 'points') message[name] = new PointsReader(bytes)
    else if (typeof kind === 'string') message[name] = blank[kind]
  }
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = schema.get(number)
    if (field === undefined) reader.skip(wireType, number)
    else readField(reader, field, wireType, message)
  }
  for (const { name, kind } of schema.values())
    if (kind === 'points') message[name] = (message[name] as PointsReader).columns()
  return message
}

function readField(
  reader: BinaryReader,
  { name, kind, repeated }: Field,
  wireType: number,
  message: Record<string, unknown>,
): void {
  if (kind === 'points') {
    if (wireType !== BYTES) throw new RangeError(`${name} has the wire type ${wireType}`)
    const length = reader.uint32()
    ;(message[name] as PointsReader).read(reader.pos, reader.pos + length)
    reader.pos += length
    return
  }
  const wanted = wireTypeOf(kind)
  if (repeated && wireType === BYTES && wanted !== BYTES) {
    const end = reader.uint32() + reader.pos
    if (end > reader.len) throw new RangeError(`${name} is longer than the message`)
    while (reader.pos < end) (message[name] as unknown[]).push(readOne(reader, kind))
    return
  }
  if (wireType !== wanted) throw new RangeError(`${name} has the wire type ${wireType}`)
  const value = readOne(reader, kind)
  if (repeated) (message[name] as unknown[]).push(value)
  else message[name] = value
}

function readOne(reader: BinaryReader, kind: Field['kind']): unknown {
  if (typeof kind !== 'string') return decode(kind, reader.bytes())
  switch (kind) {
    case 'bool':
    case 'uint32':
    case 'int32':
    case 'double':
    case 'string':
      return reader[kind]()
    case 'uint64':
    case 'int64':
    case 'sfixed64':
      return BigInt(reader[kind]())
    case 'uuid':
      return uuidText(reader.bytes())
    default:
      return reader.bytes()
  }
}

/** Writes a message. What has its default is left out. */
export function encode(schema: Schema, message: Message): Uint8Array {
  const writer = new BinaryWriter()
  write(writer, schema, message)
  return writer.finish()
}

function write(writer: BinaryWriter, schema: Schema, message: Message): void {
  for (const [number, { name, kind, repeated }] of schema) {
    const value = message[name]
    if (value === undefined) continue
    if (kind === 'points') writer.raw(pointsBytes(value as Columns, number))
    else if (kind === 'windows') writer.raw(windowsBytes(value as WindowColumns, number))
    else if (!repeated) writeOne(writer, number, kind, value)
    else for (const one of value as readonly unknown[]) writeOne(writer, number, kind, one, true)
  }
}

function writeOne(
  writer: BinaryWriter,
  number: number,
  kind: Field['kind'],
  value: unknown,
  always = false,
): void {
  if (typeof kind !== 'string') {
    writer.tag(number, typed(BYTES)).fork()
    write(writer, kind, value as Message)
    writer.join()
    return
  }
  if (!always && isBlank(value)) return
  writer.tag(number, typed(wireTypeOf(kind)))
  switch (kind) {
    case 'bool':
      writer.bool(value as boolean)
      return
    case 'uint32':
    case 'int32':
    case 'double':
      writer[kind](value as number)
      return
    case 'uint64':
    case 'int64':
    case 'sfixed64':
      writer[kind](value as bigint)
      return
    case 'string':
      writer.string(value as string)
      return
    case 'uuid':
      writer.bytes(uuidBytes(value as string))
      return
    default:
      writer.bytes(value as Uint8Array)
  }
}

/** −0 is not a default: its bits are not zero. */
function isBlank(value: unknown): boolean {
  return (
    Object.is(value, 0) ||
    value === 0n ||
    value === '' ||
    value === false ||
    (value instanceof Uint8Array && value.length === 0)
  )
}

/** Lower case with dashes; hexadecimal digits alone where these bytes are not 16. */
function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  if (bytes.length !== 16) return hex
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function uuidBytes(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('-', ''), 'hex')
}
